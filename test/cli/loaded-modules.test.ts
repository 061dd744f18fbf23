import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createRepostWorld } from '../../src/simulator/world/repost-world.js';
import { startSimulator } from '../../src/simulator/server/server.js';
import { clientEnvironment } from './client-environment.js';
import { runChatferry } from './run-chatferry.js';

const HOOK = new URL('note-resolved.mjs', import.meta.url).href;
const SOURCES = new URL('../../src/', import.meta.url).href;
const TSX = import.meta.resolve('tsx');

let cwd: string;
let list: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'chatferry-loaded-'));
  list = join(cwd, 'resolved.txt');
  writeFileSync(list, '');
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

function tracing(): Record<string, string> {
  return { NODE_OPTIONS: `--import=${HOOK}?list=${encodeURIComponent(list)}` };
}

/** The rooms of the sources that processes loaded a module of, and the files beside them. */
function loadedRooms(): ReadonlySet<string> {
  const urls = readFileSync(list, 'utf8').split('\n');
  const own = urls.filter((url) => url.startsWith(SOURCES)).map((url) => url.slice(SOURCES.length));
  return new Set(own.map((path) => path.split('/')[0] ?? ''));
}

function expectNoSimulator(rooms: ReadonlySet<string>): void {
  expect(rooms).not.toContain('simulator');
  expect(rooms).not.toContain('simulator.ts');
  expect(rooms).not.toContain('bench');
}

describe('The simulator and the benchmarks', () => {
  it('are not loaded by an export', async () => {
    await using simulator = await startSimulator({ world: createRepostWorld({ fileCount: 1 }) });
    const keyFile = join(cwd, 'key.pem');
    writeFileSync(keyFile, simulator.publicKeyPem);
    const env = { ...clientEnvironment(simulator, keyFile), TELEGRAM_SESSION: simulator.sessionFor(777_001n) };
    const { code, stderr } = await runChatferry(['export', '@bench_reposts', '--out', 'archive'], {
      cwd,
      env: { ...env, ...tracing() },
    });
    expect(code, stderr).toBe(0);
    expect(loadedRooms()).toContain('source');
    expectNoSimulator(loadedRooms());

    const verified = await runChatferry(['verify', '--out', 'archive'], { cwd, env: tracing() });
    expect(verified.code, verified.stderr).toBe(0);
    expectNoSimulator(loadedRooms());
  });

  it.each(['demo', 'simulate', 'bench'])('are not loaded by the help of %s', async (command) => {
    const { code } = await runChatferry([command, '--help'], { cwd, env: tracing() });
    expect(code).toBe(0);
    expect(loadedRooms()).toContain('cli');
    expectNoSimulator(loadedRooms());
  });

  it('are not loaded by a program that uses the library', async () => {
    const entry = pathToFileURL('src/index.ts').href;
    await promisify(execFile)(process.execPath, ['--import', TSX, '--eval', `import(${JSON.stringify(entry)})`], {
      env: { ...process.env, ...tracing() },
    });
    expect(loadedRooms()).toContain('app');
    expectNoSimulator(loadedRooms());
  });

  it('are loaded by the command that needs them', async () => {
    const { code } = await runChatferry(['simulate', '--world', 'text', '--exit-with-stdin'], { cwd, env: tracing() });
    expect(code).toBe(0);
    expect(loadedRooms()).toContain('simulator');
  });
});
