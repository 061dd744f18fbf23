import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';

import { S3FarEnd } from '../../upload/targets/s3-far-end.js';
import { LEAST_PART_BYTES, needsRadosgw, Radosgw, RADOSGW_KEY } from '../../upload/servers/radosgw.js';
import { startTusNodeServer } from '../../upload/servers/tus-server.js';
import { type ProgramEnd, runChatferry, startChatferry } from '../run-chatferry.js';

const PATIENCE_MS = 120_000;
/** More than goes to S3 in one request. */
const FILM_BYTES = 24 * 1024 ** 2;
const itWithRadosgw = await needsRadosgw();

let cwd: string;
let gateway: Promise<Radosgw> | undefined;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'chatferry-killed-'));
  mkdirSync(join(cwd, 'films'));
  for (const name of ['a.mp4', 'b.mp4']) {
    const bytes = Buffer.alloc(FILM_BYTES, name);
    for (let at = 0; at < bytes.length; at += 4096) bytes.writeUInt32BE(at, at); // No two parts are the same.
    writeFileSync(join(cwd, 'films', name), bytes);
  }
  writeFileSync(join(cwd, 'films', 'c.txt'), 'ahoy');
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

afterAll(async () => {
  await (await gateway)?.[Symbol.asyncDispose]();
});

interface Place {
  readonly to: string;
  readonly env: Readonly<Record<string, string>>;
}

interface Document extends Readonly<Record<string, unknown>> {
  readonly type: string;
}

function upload({ to, env }: Place, ...args: readonly string[]): Promise<ProgramEnd> {
  const all = { UPLOAD_SESSION_DIR: join(cwd, 'sessions'), ...env };
  return runChatferry(['upload', './films', '--to', to, '--json', ...args], { cwd, env: all });
}

/** Runs until parts of a film are there, and kills it. */
async function killHalfway({ to, env }: Place): Promise<void> {
  const args = ['upload', './films', '--to', to, '--bandwidth', '8MB', '--progress', 'ndjson'];
  const child = startChatferry(args, { cwd, env: { UPLOAD_SESSION_DIR: join(cwd, 'sessions'), ...env } });
  child.stdin.end();
  let shown = '';
  child.stderr.resume();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    // The small file is there long before.
    const isHalf = shown.split('\n').some((line) => line.includes('.mp4') && /"percentage":(?:[4-9]\d|100)/.test(line));
    if (isHalf) child.kill('SIGKILL');
  });
  const [code, signalName] = (await once(child, 'close')) as [number | null, string | null];
  expect([code, signalName]).toEqual([null, 'SIGKILL']);
}

function documentsOf({ stdout }: ProgramEnd): readonly Document[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Document);
}

/** What is the same however files were sent. Addresses at a tus server are random. */
function steadyFacts({ remote, remoteId, target, ...facts }: Document, isRandom: boolean): object {
  return isRandom ? facts : { remote, remoteId, target, ...facts };
}

async function expectSameWays(place: Place, emptied: () => Promise<Place>, isRandom: boolean): Promise<void> {
  const parallel = await upload(place, '--manifest', 'parallel.json');
  rmSync(join(cwd, 'sessions'), { recursive: true });
  const sequential = await upload(await emptied(), '--manifest', 'sequential.json', '--sequential');
  expect([parallel.code, sequential.code, parallel.stderr, sequential.stderr]).toEqual([0, 0, '', '']);
  const files = [parallel, sequential].map((end) =>
    documentsOf(end)
      .filter(({ type }) => type === 'file')
      .map((file) => steadyFacts(file, isRandom)),
  );
  expect(files[0]).toHaveLength(3);
  expect(files[1]).toEqual(files[0]);
  const manifests = ['parallel.json', 'sequential.json'].map((name) => {
    const { files: entries } = JSON.parse(readFileSync(join(cwd, name), 'utf8')) as { files: readonly Document[] };
    return entries.map((entry) => steadyFacts(entry, isRandom));
  });
  expect(manifests[1]).toEqual(manifests[0]);
}

describe('chatferry upload to a tus server', { timeout: PATIENCE_MS }, () => {
  it('killed in the middle and run again brings every byte, and goes on with what was there', async () => {
    await using server = await startTusNodeServer();
    const place: Place = { to: `tus+${server.endpoint.href}`, env: { UPLOAD_CHUNK_SIZE: '1MB' } };
    await killHalfway(place);
    expect(server.uploads().some(({ sizeBytes, heldBytes }) => heldBytes > 0 && heldBytes < sizeBytes)).toBe(true);
    const end = await upload(place);
    expect(end.code).toBe(0);
    const files = documentsOf(end).filter(({ type }) => type === 'file');
    for (const { path, remote } of files)
      expect(server.read(String(remote))?.equals(readFileSync(String(path))), String(path)).toBe(true);
    expect(server.uploads()).toHaveLength(files.length); // None was begun anew.
  });

  it('says and writes down the same in parallel and one after the other', async () => {
    await using server = await startTusNodeServer();
    await using other = await startTusNodeServer();
    const [place, empty] = [server, other].map(({ endpoint }) => ({ to: `tus+${endpoint.href}`, env: {} }));
    if (place === undefined || empty === undefined) throw new Error('Two servers were started');
    await expectSameWays(place, () => Promise.resolve(empty), true);
  });
});

describe('chatferry upload to a bucket', { timeout: PATIENCE_MS }, () => {
  async function startedGateway(): Promise<Radosgw> {
    gateway ??= Radosgw.start(LEAST_PART_BYTES);
    return gateway;
  }

  async function placeIn({ bucket }: S3FarEnd): Promise<Place> {
    const { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY } = RADOSGW_KEY;
    const { endpoint } = await startedGateway();
    const env = { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, S3_ENDPOINT: endpoint.href };
    return { to: `s3://${bucket}/films`, env };
  }

  itWithRadosgw('killed in the middle and run again brings every byte, in one upload of the store', async () => {
    await using far = await S3FarEnd.make(await startedGateway());
    const place = await placeIn(far);
    await killHalfway(place);
    expect(await far.unfinishedCount()).toBeGreaterThan(0);
    const end = await upload(place);
    expect([end.code, end.stderr]).toEqual([0, '']); // No warning of the SDK either.
    for (const { path, remoteId } of documentsOf(end).filter(({ type }) => type === 'file'))
      expect((await far.read(String(remoteId)))?.equals(readFileSync(String(path))), String(path)).toBe(true);
    expect(await far.unfinishedCount()).toBe(0);
    const verified = await runChatferry(['upload', 'verify', 'upload-manifest.json', '--json'], {
      cwd,
      env: { UPLOAD_SESSION_DIR: join(cwd, 'sessions'), ...place.env },
    });
    expect([verified.code, verified.stderr]).toEqual([0, '']);
    expect(verified.stdout).toContain('"comparedBy":');
  });

  itWithRadosgw('says and writes down the same in parallel and one after the other', async () => {
    await using far = await S3FarEnd.make(await startedGateway());
    const place = await placeIn(far);
    const emptied = async (): Promise<Place> => {
      for (const key of await far.keys()) await far.remove(`${key}?`);
      return place;
    };
    await expectSameWays(place, emptied, false);
  });
});
