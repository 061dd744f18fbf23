import type { IncomingMessage, ServerResponse } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { uploadFiles, type UploadOutcome } from '../../../src/app/upload/upload-files.js';
import { loadSettings } from '../../../src/config/load-settings.js';
import { type HttpFaults, onNth, startFaultProxy } from '../../upload/servers/fault-proxy.js';
import { startTusNodeServer } from '../../upload/servers/tus-server.js';

/** Real pauses between tries, and time that goes by at a slow speed. */
const PATIENCE_MS = 30_000;
const NAMES = ['a.txt', 'b.txt', 'c.txt', 'd.txt'];
const FILE_BYTES = 200_000;

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'chatferry-requests-'));
  for (const name of NAMES) writeFileSync(join(cwd, name), Buffer.alloc(FILE_BYTES, name));
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

interface Run {
  readonly names?: readonly string[];
  readonly onNote?: (text: string) => void;
}

function upload(
  to: string,
  env: Readonly<Record<string, string>>,
  { names = NAMES, onNote }: Run = {},
): Promise<UploadOutcome> {
  const own = { UPLOAD_SESSION_DIR: join(cwd, 'sessions') };
  const { settings } = loadSettings({ cwd, env: { ...own, ...env }, homeDirectory: cwd });
  const items = names.map((name) => ({ path: join(cwd, name), name, contentType: 'text/plain' }));
  return uploadFiles(items, { to, cwd, settings, ...(onNote && { onNote }) }).finished();
}

/** The first requests of a kind are refused for a while. */
function busy(method: string, count: number): HttpFaults {
  const answer = { answer: { status: 503 } };
  return onNth(method, Object.fromEntries(Array.from({ length: count }, (_, index) => [index + 1, answer])));
}

it('UPLOAD_MAX_RETRIES says how often a request is tried again', { timeout: PATIENCE_MS }, async () => {
  await using server = await startTusNodeServer();
  for (const [retries, state] of [
    ['1', 'failed'],
    ['2', 'uploaded'],
  ] as const) {
    await using proxy = await startFaultProxy({ serverPort: server.port, faults: busy('POST', 2) });
    const { files } = await upload(`tus+${proxy.origin}/files`, { UPLOAD_MAX_RETRIES: retries }, { names: ['a.txt'] });
    expect(files).toMatchObject([{ state }]);
    expect(proxy.requests.filter(({ method }) => method === 'POST')).toHaveLength(Number(retries) + 1);
  }
});

it('UPLOAD_TIMEOUT_SECONDS says how long an answer is waited for', { timeout: PATIENCE_MS }, async () => {
  await using server = await startTusNodeServer();
  await using proxy = await startFaultProxy({ serverPort: server.port, faults: onNth('POST', { 1: 'silent' }) });
  const startedMs = performance.now();
  const env = { UPLOAD_TIMEOUT_SECONDS: '1', UPLOAD_MAX_RETRIES: '0' };
  const { files } = await upload(`tus+${proxy.origin}/files`, env, { names: ['a.txt'] });
  expect(files).toMatchObject([{ state: 'failed', code: 'TIMEOUT' }]);
  expect(performance.now() - startedMs).toBeGreaterThan(900);
});

it('UPLOAD_MAX_PARALLEL is the most requests at a time, and files go so many at a time', async () => {
  for (const most of [1, 3]) {
    let [now, mostAtOnce] = [0, 0];
    const front = ({ method }: IncomingMessage, response: ServerResponse): boolean => {
      if (method !== 'PATCH') return false;
      now += 1;
      mostAtOnce = Math.max(mostAtOnce, now);
      response.on('close', () => (now -= 1));
      return false;
    };
    await using server = await startTusNodeServer({ front });
    // Slow enough that all that may be sent at a time is sent at a time.
    const env = { UPLOAD_MAX_PARALLEL: `${most}`, UPLOAD_BANDWIDTH_LIMIT: '1MB' };
    const { files } = await upload(`tus+${server.endpoint.href}`, env);
    expect(files.every(({ state }) => state === 'uploaded')).toBe(true);
    expect(mostAtOnce).toBe(most);
  }
});

it('UPLOAD_CHUNK_SIZE is the size of parts, and 0 goes by the size of the file', async () => {
  await using server = await startTusNodeServer();
  for (const [size, patchCount] of [
    ['64KB', 4],
    ['100000', 2],
    ['0', 1],
  ] as const) {
    await using proxy = await startFaultProxy({ serverPort: server.port });
    await upload(`tus+${proxy.origin}/files`, { UPLOAD_CHUNK_SIZE: size }, { names: ['a.txt'] });
    expect(proxy.requests.filter(({ method }) => method === 'PATCH')).toHaveLength(patchCount);
  }
});

it.each([{}, { UPLOAD_BANDWIDTH_LIMIT: '10MB' }])(
  'UPLOAD_BANDWIDTH_ADAPTIVE sends slower once parts fail, with %o',
  { timeout: PATIENCE_MS },
  async (limit) => {
    await using server = await startTusNodeServer();
    const cutsOf = async (isAdaptive: boolean): Promise<readonly string[]> => {
      rmSync(join(cwd, 'sessions'), { recursive: true, force: true });
      const notes: string[] = [];
      // Behind three parts that came, so that it is known how fast they go.
      const faults = onNth('PATCH', Object.fromEntries([4, 5, 6].map((nth) => [nth, { answer: { status: 503 } }])));
      await using proxy = await startFaultProxy({ serverPort: server.port, faults });
      const env = { ...limit, UPLOAD_BANDWIDTH_ADAPTIVE: String(isAdaptive), UPLOAD_CHUNK_SIZE: '64KB' };
      await upload(`tus+${proxy.origin}/files`, env, { onNote: (text) => notes.push(text) });
      return notes.filter((note) => /sending \d+ bytes per second at most, as the connection allows/.test(note));
    };
    expect(await cutsOf(false)).toEqual([]);
    const [cut] = await cutsOf(true);
    expect(cut).toBeDefined();
    if (limit.UPLOAD_BANDWIDTH_LIMIT !== undefined) expect(cut).toContain(` ${Math.floor(10 * 1024 ** 2 * 0.8)} bytes`);
  },
);

it('UPLOAD_BANDWIDTH_BURST_SECONDS is what may be sent at once after a pause', { timeout: PATIENCE_MS }, async () => {
  const pauseMs = 4000;
  const timeOf = async (burstSeconds: string): Promise<number> => {
    rmSync(join(cwd, 'sessions'), { recursive: true, force: true });
    let sendingSinceMs = 0;
    // The first request comes before anything is sent: so long nothing draws from what gathers.
    const front = ({ method }: IncomingMessage, response: ServerResponse): boolean => {
      if (method !== 'OPTIONS') return false;
      setTimeout(() => {
        sendingSinceMs = performance.now();
        const offer = { 'tus-resumable': '1.0.0', 'tus-version': '1.0.0', 'tus-extension': 'creation,termination' };
        response.writeHead(204, offer).end();
      }, pauseMs);
      return true;
    };
    await using server = await startTusNodeServer({ front });
    const env = { UPLOAD_BANDWIDTH_LIMIT: '200KB', UPLOAD_BANDWIDTH_BURST_SECONDS: burstSeconds };
    await upload(`tus+${server.endpoint.href}`, env);
    return performance.now() - sendingSinceMs;
  };
  // 800 kB at 205 kB/s: one second's worth leaves three seconds, four seconds' worth hardly any.
  expect(await timeOf('1')).toBeGreaterThan(2300);
  expect(await timeOf('4')).toBeLessThan(1800);
});

it('UPLOAD_ALLOW_PRIVATE_REDIRECTS follows a server to another one of this machine', async () => {
  await using other = await startTusNodeServer();
  await using server = await startTusNodeServer();
  const created = await fetch(other.endpoint, {
    method: 'POST',
    headers: { 'tus-resumable': '1.0.0', 'upload-length': String(FILE_BYTES) },
  });
  const location = created.headers.get('location') ?? '';
  for (const isAllowed of [false, true]) {
    const faults = onNth('POST', { 1: { answer: { status: 201, headers: { location } } } });
    await using proxy = await startFaultProxy({ serverPort: server.port, faults });
    const env = { UPLOAD_ALLOW_PRIVATE_REDIRECTS: String(isAllowed) };
    const { files } = await upload(`tus+${proxy.origin}/files`, env, { names: ['a.txt'] });
    expect(files).toMatchObject([
      isAllowed ? { state: 'uploaded', remote: location } : { state: 'failed', code: 'STORE_REFUSED' },
    ]);
    expect(other.read(location)?.length).toBe(isAllowed ? FILE_BYTES : 0);
  }
});
