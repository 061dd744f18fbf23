import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { uploadFiles, type VerifiedFile, verifyUploads, type VerifyUploadsOptions } from '../../../../src/index.js';

let cwd: string;

beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'chatferry-verify-'));
  for (const name of ['a', 'b']) writeFileSync(join(cwd, name), Buffer.alloc(1000, name));
  const to = ['dir:one', 'dir:two'];
  await uploadFiles(['a', 'b'], { to, cwd, settings: settings(), manifest: 'manifest.json' }).finished();
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

function settings(): Required<Pick<VerifyUploadsOptions, 'settings'>>['settings'] {
  return { uploadSessionDir: join(cwd, 'sessions') };
}

async function verified(options: VerifyUploadsOptions = {}): Promise<readonly VerifiedFile[]> {
  const files: VerifiedFile[] = [];
  for await (const file of verifyUploads('manifest.json', { cwd, settings: settings(), ...options })) files.push(file);
  return files;
}

it('a program compares what it has uploaded with all targets, in the order of the manifest', async () => {
  const files = await verified();
  expect(files.map(({ remote, state }) => ({ remote, state }))).toEqual(
    ['one/a', 'one/b', 'two/a', 'two/b'].map((remote) => ({ remote: join(cwd, remote), state: 'same' })),
  );
});

it('only with the targets that it names, and it learns what has changed there', async () => {
  rmSync(join(cwd, 'two', 'a'));
  writeFileSync(join(cwd, 'two', 'b'), Buffer.alloc(1000, 'x'));
  expect((await verified({ to: 'dir:two', read: true })).map(({ state }) => state)).toEqual(['missing', 'different']);
});

it('is told that there is no such manifest', async () => {
  const [first] = await Promise.allSettled([verifyUploads('other.json', { cwd, settings: settings() }).next()]);
  expect(first).toMatchObject({ reason: { code: 'USAGE', message: expect.stringContaining('other.json') as string } });
});
