import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { startTusServer } from '../../../src/simulator/tus/tus-server.js';
import { GeminiServer } from '../../upload/servers/gemini-server.js';
import { KimiServer } from '../../upload/servers/kimi-server.js';
import { OpenaiServer } from '../../upload/servers/openai-server.js';
import { ProtocolS3 } from '../../upload/servers/protocol-s3.js';
import { startSupabaseServer } from '../../upload/servers/supabase-server.js';
import { runInProcess } from '../run-in-process.js';

/** With characters that are written otherwise in URLs, in JSON and in Base64. */
const KEY = 'swordfish+4711/canary&key=~Z';
const BASE64 = Buffer.from(KEY).toString('base64');
const SPELLINGS = [KEY, encodeURIComponent(KEY), BASE64.replace(/=+$/, ''), Buffer.from(KEY).toString('base64url')];

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'chatferry-secrets-'));
  mkdirSync(join(cwd, 'texts'));
  for (const name of ['a.txt', 'b.txt']) writeFileSync(join(cwd, 'texts', name), name.repeat(10_000));
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

/** All that a run leaves: what it prints, its log, its sessions, its memory of uploads, its manifest. */
async function everythingOf(to: string, env: Readonly<Record<string, string>>) {
  const own = { UPLOAD_SESSION_DIR: join(cwd, 'sessions'), LOG_LEVEL: 'debug', LOG_FILE: join(cwd, 'run.log') };
  const end = await runInProcess(['upload', './texts', '--to', to, '--json'], {
    cwd,
    env: { UPLOAD_MAX_RETRIES: '0', ...own, ...env },
  });
  const files = readdirSync(cwd, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(cwd, name)).isFile(),
  );
  const written = files.map((name) => readFileSync(join(cwd, name), 'latin1'));
  return { code: end.code, files, all: [end.stdout, end.stderr, ...written].join('\n') };
}

function expectNoKeyIn(all: string): void {
  for (const spelling of SPELLINGS) expect(all).not.toContain(spelling);
}

interface KeyedTarget {
  /** What the message about a refused key names. */
  readonly setting: string;
  readonly to: (origin: string) => string;
  readonly env: (origin: string) => Readonly<Record<string, string>>;
}

const TARGETS: Readonly<Record<string, KeyedTarget>> = {
  S3: {
    setting: 'AWS_SECRET_ACCESS_KEY',
    to: () => 's3://bucket/chats',
    env: (origin) => ({ S3_ENDPOINT: origin, AWS_ACCESS_KEY_ID: 'AKIACANARY0123456789', AWS_SECRET_ACCESS_KEY: KEY }),
  },
  tus: {
    setting: 'TUS_TOKEN',
    to: (origin) => `tus+${origin}/files/`,
    env: () => ({ TUS_TOKEN: KEY }),
  },
  Supabase: {
    setting: 'SUPABASE_KEY',
    to: () => 'supabase:chats',
    env: (origin) => ({ SUPABASE_URL: origin, SUPABASE_KEY: KEY }),
  },
  Gemini: {
    setting: 'GEMINI_API_KEY',
    to: () => 'gemini:',
    env: (origin) => ({ GEMINI_BASE_URL: origin, GEMINI_API_KEY: KEY }),
  },
  OpenAI: {
    setting: 'OPENAI_API_KEY',
    to: () => 'openai:',
    env: (origin) => ({ OPENAI_BASE_URL: `${origin}/v1`, OPENAI_API_KEY: KEY }),
  },
  Kimi: {
    setting: 'KIMI_API_KEY',
    to: () => 'kimi:',
    env: (origin) => ({ KIMI_BASE_URL: `${origin}/v1`, KIMI_API_KEY: KEY }),
  },
};

/** Answers everything with the key, in its body and in headers, as it is and in other spellings. */
async function echoingServer(status: number): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume();
    const text = [...SPELLINGS, JSON.stringify(request.headers)].join(' ');
    const headers = { location: `/?key=${encodeURIComponent(KEY)}`, 'x-echo': BASE64, 'retry-after': '0' };
    response.writeHead(status, headers).end(JSON.stringify({ error: { message: text, code: KEY } }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describe.each(Object.entries(TARGETS))('A key of %s', (_, { setting, to, env }) => {
  it.each([400, 401, 403, 307, 500])('is nowhere when the server repeats it with a %d', async (status) => {
    const server = await echoingServer(status);
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { code, all } = await everythingOf(to(origin), env(origin));
    server.closeAllConnections();
    server.close();
    expect(code).toBeGreaterThan(2); // It came to the server.
    expectNoKeyIn(all);
    if (status === 401) expect(all).toContain(setting);
  });
});

describe('A key of a store that takes files', () => {
  const servers: Readonly<Record<string, () => Promise<AsyncDisposable & { readonly at: string }>>> = {
    S3: async () => at(await ProtocolS3.start(), ({ endpoint }) => endpoint.origin),
    tus: async () => {
      const folder = join(cwd, 'server');
      mkdirSync(folder);
      return at(await startTusServer({ folder, token: KEY }), ({ endpoint }) => endpoint.origin);
    },
    Supabase: async () => at(await startSupabaseServer({ key: KEY, bucket: 'chats' }), ({ url }) => url.origin),
    Gemini: async () => at(await new GeminiServer({ apiKey: KEY, now: Date.now }).listen(), ({ origin }) => origin),
    OpenAI: async () => at(await new OpenaiServer({ apiKey: KEY, now: Date.now }).listen(), ({ origin }) => origin),
    Kimi: async () => at(await new KimiServer({ apiKey: KEY, now: Date.now }).listen(), ({ origin }) => origin),
  };

  it.each(Object.keys(servers))('is nowhere when all goes well: %s', async (name) => {
    const target = TARGETS[name];
    await using server = await servers[name]?.();
    if (target === undefined || server === undefined) throw new Error(`There is no ${name}.`);
    const { code, files, all } = await everythingOf(target.to(server.at), target.env(server.at));
    expect(code).toBe(0);
    expect(files).toEqual(expect.arrayContaining(['upload-manifest.json', 'run.log', join('sessions', 'uploads.db')]));
    expectNoKeyIn(all);
  });
});

function at<S extends AsyncDisposable>(server: S, origin: (server: S) => string) {
  return { at: origin(server), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

it('A server that wants a key where none is set: the message names TUS_TOKEN', async () => {
  const server = await echoingServer(401);
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { all } = await everythingOf(`tus+${origin}/files/`, {});
  server.closeAllConnections();
  server.close();
  expect(all).toContain('Set TUS_TOKEN: no key was sent.');
});
