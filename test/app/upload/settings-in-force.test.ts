import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import type { TargetSettings } from '../../../src/app/upload/target-kind.js';
import { uploadFiles, type UploadOutcome } from '../../../src/app/upload/upload-files.js';
import { loadSettings } from '../../../src/config/load-settings.js';
import { SessionFiles } from '../../../src/upload/session/session-files.js';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'chatferry-settings-'));
  for (const name of ['a', 'b', 'c', 'd']) writeFileSync(join(cwd, `${name}.bin`), Buffer.alloc(200_000, name));
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

function settingsOf(env: Readonly<Record<string, string>>): TargetSettings {
  const own = { UPLOAD_SESSION_DIR: join(cwd, 'sessions') };
  return loadSettings({ cwd, env: { ...own, ...env }, homeDirectory: cwd }).settings;
}

function run(env: Readonly<Record<string, string>>): Promise<UploadOutcome> {
  const files = ['a', 'b', 'c', 'd'].map((name) => `${name}.bin`);
  return uploadFiles(files, { to: 'dir:there', cwd, settings: settingsOf(env) }).finished();
}

it('UPLOAD_PARALLEL_PERCENT sends so many of the files in parallel, and the others one after the other', async () => {
  const none = await run({ UPLOAD_PARALLEL_PERCENT: '0' });
  expect(none.targets[0]?.paths).toMatchObject({ parallel: { fileCount: 0 }, sequential: { fileCount: 4 } });
  rmSync(join(cwd, 'sessions'), { recursive: true });
  const all = await run({ UPLOAD_PARALLEL_PERCENT: '100' });
  expect(all.targets[0]?.paths).toMatchObject({ parallel: { fileCount: 4 }, sequential: { fileCount: 0 } });
});

it('UPLOAD_BANDWIDTH_LIMIT holds for all files together', async () => {
  const startedMs = performance.now();
  await run({ UPLOAD_BANDWIDTH_LIMIT: '400KB', UPLOAD_BANDWIDTH_BURST_SECONDS: '1' });
  expect(performance.now() - startedMs).toBeGreaterThan((800_000 / 409_600) * 1000 * 0.8);
});

it('UPLOAD_SESSION_DIR and UPLOAD_SESSION_EXPIRY_HOURS say where sessions are kept, and for how long', async () => {
  const settings = settingsOf({
    UPLOAD_SESSION_DIR: join(cwd, 'elsewhere'),
    UPLOAD_SESSION_EXPIRY_HOURS: '7',
    UPLOAD_BANDWIDTH_LIMIT: '50KB',
  });
  for await (const { stage } of uploadFiles(['a.bin'], { to: 'dir:there', cwd, settings })) {
    if (stage === 'uploading') break;
  }
  const [session] = await (await SessionFiles.open(join(cwd, 'elsewhere'))).list();
  expect((session?.expiresAtMs ?? 0) - (session?.createdAtMs ?? 0)).toBe(7 * 3_600_000);
  expect(readdirSync(cwd)).not.toContain('sessions');
});
