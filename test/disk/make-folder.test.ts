import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { makeFolder } from '../../src/disk/make-folder.js';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'chatferry-folder-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

it('makes all that is missing, and tells the uppermost', async () => {
  const path = join(directory, 'a', 'b', 'c');
  await expect(makeFolder(relative(process.cwd(), path), { mode: 0o700 })).resolves.toBe(join(directory, 'a'));
  expect(statSync(path).isDirectory()).toBe(true);
  if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o700);
  await expect(makeFolder(path)).resolves.toBeUndefined();
});

it('shares the work with others who make the same', async () => {
  const paths = Array.from({ length: 20 }, (_, index) => join(directory, 'deep', 'deeper', String(index % 3)));
  await Promise.all(paths.map((path) => makeFolder(path)));
  expect(paths.every((path) => existsSync(path))).toBe(true);
});

it.each(['file', 'file/below'])('refuses %s, where a file is in the way', async (name) => {
  writeFileSync(join(directory, 'file'), '');
  await expect(makeFolder(join(directory, name))).rejects.toMatchObject({ code: 'EEXIST' });
});

it.skipIf(!existsSync('/proc/self'))('ends at once where the system takes no folders', async () => {
  await expect(makeFolder('/proc/x/y')).rejects.toThrow(
    'Cannot create the folder /proc/x/y: /proc takes no folders. Choose another directory.',
  );
});
