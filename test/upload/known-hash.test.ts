import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { ChatferryError } from '../../src/errors/chatferry-error.js';
import { DirectoryTarget } from '../../src/upload/targets/directory.js';
import { temporaryDirectory } from '../archive/temporary-directory.js';
import { testRun } from './upload-run.js';

const HELLO = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';

it('sends no bytes that are others than those that a file must have', async () => {
  const folder = temporaryDirectory();
  writeFileSync(join(folder, 'right'), 'hello');
  writeFileSync(join(folder, 'wrong'), 'hullo');
  using run = await testRun({ target: new DirectoryTarget(join(folder, 'far')), folder });
  const items = ['right', 'wrong'].map((name) => ({ path: join(folder, name), name, sha256: HELLO }));
  const [right, wrong] = await run.upload(items);
  expect(right).toMatchObject({ state: 'uploaded', sha256: HELLO });
  expect(wrong).toMatchObject({ state: 'failed', code: 'CONTENT_MISMATCH' });
  expect(existsSync(join(folder, 'far', 'wrong'))).toBe(false);
});

it('reads a copy in the place of a file that is in use, and calls it by the name of that file', async () => {
  const folder = temporaryDirectory();
  writeFileSync(join(folder, 'in-use'), 'changing');
  writeFileSync(join(folder, 'copy'), 'hello');
  using run = await testRun({ target: new DirectoryTarget(join(folder, 'far')), folder });
  const [file] = await run.upload([{ path: join(folder, 'in-use'), bytesPath: join(folder, 'copy'), name: 'x' }]);
  expect(file).toMatchObject({ path: join(folder, 'in-use'), name: 'x', state: 'uploaded', sha256: HELLO });
});

it('lists what could not even be looked at as failed, and goes on', async () => {
  const folder = temporaryDirectory();
  writeFileSync(join(folder, 'right'), 'hello');
  using run = await testRun({ target: new DirectoryTarget(join(folder, 'far')), folder });
  const problem = new ChatferryError('FILE_SYSTEM', 'Cannot read the folder.');
  const files = await run.upload([
    { path: join(folder, 'shut'), name: 'shut', problem },
    { path: join(folder, 'right'), name: 'right' },
  ]);
  expect(files).toMatchObject([{ state: 'failed', reason: 'Cannot read the folder.' }, { state: 'uploaded' }]);
});
