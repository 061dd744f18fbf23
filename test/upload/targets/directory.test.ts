import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { DirectoryTarget } from '../../../src/upload/targets/directory.js';
import { testRun } from '../upload-run.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chatferry-upload-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('copies files whole, in the order given, and knows them the next time', async () => {
  const files = [0, 1, 70_000, 3_000_000].map((size, index) => {
    const path = join(folder, `f${index}`);
    writeFileSync(path, randomBytes(size));
    return { path, name: `a/f${index}` };
  });
  await using target = new DirectoryTarget(join(folder, 'out'));
  using test = await testRun({ target, folder, chosenPartBytes: 65_536 });
  const done = await test.upload(files);
  expect(done.map(({ state, name }) => `${name} ${state}`)).toEqual(files.map(({ name }) => `${name} uploaded`));
  for (const { path, name } of files)
    expect(readFileSync(join(folder, 'out', name)).equals(readFileSync(path))).toBe(true);
  expect(readdirSync(join(folder, 'sessions')).filter((name) => name.endsWith('.json'))).toEqual([]);
  const again = await test.upload(files);
  expect(again.map(({ state }) => state)).toEqual(['present', 'present', 'present', 'present']);
  expect(readdirSync(join(folder, 'out/a')).sort()).toEqual(['f0', 'f1', 'f2', 'f3']);
});
