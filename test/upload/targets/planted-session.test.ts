import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { DirectoryTarget } from '../../../src/upload/targets/directory.js';
import type { OutgoingFile } from '../../../src/upload/upload-target.js';

const ASIDE = `.${'0'.repeat(20)}.uploading`;
const FILE: OutgoingFile = { name: 'in/film', sizeBytes: 4, sha256: '0'.repeat(64), contentType: 'text/plain' };
const { signal } = new AbortController();

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chatferry-planted-'));
  for (const path of ['out/in', 'elsewhere']) mkdirSync(join(folder, path), { recursive: true });
  for (const path of ['out/mine', 'elsewhere/mine', `elsewhere/${ASIDE}`, `out/${ASIDE}`, `out/in/${ASIDE}`]) {
    writeFileSync(join(folder, path), path);
  }
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

it.each(['out/mine', 'elsewhere/mine', `elsewhere/${ASIDE}`])(
  'a session that names %s is gone on with by nobody, and takes nothing away',
  async (name) => {
    await using target = new DirectoryTarget(join(folder, 'out'));
    const aside = join(folder, name);
    expect(target.owns({ aside, path: join(folder, 'out/in/film') }, FILE)).toBe(false);
    await target.abort({ aside });
    expect(readFileSync(aside, 'utf8')).toBe(name);
  },
);

it.each(['out/in/other', 'elsewhere/film', 'out/film'])(
  'a session that would write to %s is of no use',
  async (name) => {
    await using target = new DirectoryTarget(join(folder, 'out'));
    const aside = join(folder, 'out/in', ASIDE);
    expect(target.owns({ aside, path: join(folder, name) }, FILE)).toBe(false);
  },
);

it('a session of the file itself is gone on with, and its file aside goes when it is given up', async () => {
  await using target = new DirectoryTarget(join(folder, 'out'));
  const aside = join(folder, 'out/in', ASIDE);
  const own = { aside, path: join(folder, 'out/in/film') };
  expect(target.owns(own, FILE)).toBe(true);
  expect(await target.held(own, { file: FILE, receipts: [] }, signal)).toEqual({ kind: 'untold' });
  await target.abort(own);
  expect(existsSync(aside)).toBe(false);
});
