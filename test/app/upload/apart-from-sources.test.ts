import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { uploadFiles } from '../../../src/index.js';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'chatferry-apart-'));
  mkdirSync(join(cwd, 'photos', 'old'), { recursive: true });
  for (const name of ['A.txt', 'a.txt', 'a_2.txt', 'old/b.txt']) writeFileSync(join(cwd, 'photos', name), name);
  symlinkSync(join(cwd, 'photos'), join(cwd, 'link'));
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

function send(files: Parameters<typeof uploadFiles>[0], to: string | readonly string[]) {
  return uploadFiles(files, { to, cwd, settings: { uploadSessionDir: join(cwd, 'sessions') } }).finished();
}

it.each([
  ['a folder to the folder that it is in', './photos', 'dir:.', 'is the folder of'],
  ['a file to the folder that it is in', './photos/a.txt', 'dir:photos', 'is the folder of'],
  ['a file to its folder by a link', './link/a.txt', 'dir:photos', 'is the folder of'],
  ['a folder into itself', './photos', 'dir:photos/backup', 'lies in'],
  ['a folder into itself by a link', './photos', 'dir:link/old', 'lies in'],
  ['a folder to itself', './photos', 'dir:photos', 'lies in'],
])('refuses to send %s, before anything is sent to any target', async (_, what, to, why) => {
  const before = ['A.txt', 'a.txt', 'a_2.txt', 'old/b.txt'].map((name) => statSync(join(cwd, 'photos', name)).ino);
  const sending = send([what], ['dir:elsewhere', to]);
  await expect(sending).rejects.toMatchObject({ code: 'USAGE' });
  await expect(sending).rejects.toThrow(why);
  expect(readdirSync(join(cwd))).not.toContain('elsewhere');
  expect(['A.txt', 'a.txt', 'a_2.txt', 'old/b.txt'].map((name) => statSync(join(cwd, 'photos', name)).ino)).toEqual(
    before,
  );
});

it('leaves a file alone that a name made up here leads to', async () => {
  const { files } = await send(
    [
      { path: 'photos/old/b.txt', name: 'photos/a.txt' },
      { path: 'photos/a.txt', name: 'kept/a.txt' },
    ],
    'dir:.',
  );
  expect(files).toMatchObject([{ state: 'failed', code: 'STORE_REFUSED' }, { state: 'uploaded' }]);
  expect(JSON.stringify(files[0])).toContain(`${join(cwd, 'photos', 'old', 'b.txt')} would come to`);
  expect(readFileSync(join(cwd, 'photos', 'a.txt'), 'utf8')).toBe('a.txt');
});
