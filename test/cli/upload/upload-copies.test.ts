import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { makeArchive } from '../../app/upload/items/small-archive.js';
import { runChatferry, startChatferry } from '../run-chatferry.js';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'chatferry-copies-'));
  mkdirSync(join(cwd, 'tmp'));
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

function copiesIn(folder: string): readonly string[] {
  const all = readdirSync(join(cwd, folder), { recursive: true, encoding: 'utf8' });
  return all.filter((path) => path.endsWith('archive.db'));
}

it('the copy of a database that a killed upload leaves is where the next one finds and removes it', async () => {
  const [folder = ''] = await makeArchive(join(cwd, 'exports'), [
    { id: 'channel42', title: 'Harbour Crew', contents: ['ahoy'] },
  ]);
  writeFileSync(join(cwd, 'exports', folder, 'film.mp4'), Buffer.alloc(20_000_000, 'film'));
  const env = { UPLOAD_SESSION_DIR: join(cwd, 'sessions'), TMPDIR: join(cwd, 'tmp'), TEMP: join(cwd, 'tmp') };
  const args = ['upload', './exports', '--to', 'dir:there'];
  const child = startChatferry([...args, '--bandwidth', '100KB', '--progress', 'ndjson'], { cwd, env });
  child.stdin.end();
  child.stderr.resume();
  await once(child.stdout, 'data'); // A file is on its way.
  const copies = copiesIn('sessions');
  child.kill('SIGKILL');
  child.stdout.resume();
  await once(child, 'close');
  expect(copies).toHaveLength(1);
  expect(copiesIn('sessions')).toEqual(copies);
  expect(copiesIn('tmp')).toEqual([]);
  expect(await runChatferry([...args, '--quiet'], { cwd, env })).toMatchObject({ code: 0 });
  expect(copiesIn('sessions')).toEqual([]);
  expect(copiesIn('there')).toEqual(['archive.db']);
}, 60_000);
