import { mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { chosenSessions, sessionNameOf } from '../../../../src/app/upload/chosen-sessions.js';
import { measureItems } from '../../../../src/app/upload/measured-items.js';
import { sessionItems } from '../../../../src/app/upload/session-items.js';
import type { OpenedItems } from '../../../../src/app/upload/upload-job.js';
import type { UploadSession } from '../../../../src/upload/session/upload-session.js';
import type { UploadItem } from '../../../../src/upload/uploaded-file.js';
import { temporaryDirectory } from '../../../archive/temporary-directory.js';
import { makeArchive } from './small-archive.js';
import { each } from '../../../upload/upload-run.js';

const never = new AbortController().signal;

function session(id: string, path = `/here/${id}`, name = `${id} there`): UploadSession {
  return {
    ...{ version: 1, id, path, name, target: 'dir:/there', sizeBytes: 8, sha256: '0'.repeat(64) },
    ...{ modifiedNs: '0', inode: '0', partBytes: 4, parts: [], createdAtMs: 0, updatedAtMs: 0, expiresAtMs: 1 },
    ...{ shownPercentage: 0, status: 'paused' },
  };
}

function itemsOf(cwd: string, sessions: readonly UploadSession[]): OpenedItems {
  const notes: string[] = [];
  return sessionItems(sessions, { exportDir: join(cwd, 'exports'), cwd, onNote: (text) => notes.push(text) });
}

describe('the files of sessions', () => {
  it('have the names that they have at the far end, in the order of the sessions; one that is gone fails', async () => {
    const cwd = temporaryDirectory();
    for (const name of ['a.mp4', 'b.mp4']) writeFileSync(join(cwd, name), name);
    const sessions = ['b.mp4', 'gone.mp4', 'a.mp4'].map((name) => session(name, join(cwd, name), `films/${name}`));
    const opened = itemsOf(cwd, sessions);
    const items: UploadItem[] = [];
    for await (const item of opened.items(never)) items.push(item);
    expect(items).toMatchObject([
      { path: join(cwd, 'b.mp4'), name: 'films/b.mp4' },
      {
        path: join(cwd, 'gone.mp4'),
        name: 'films/gone.mp4',
        problem: {
          code: 'SOURCE_CHANGED',
          message: `${join(cwd, 'gone.mp4')} is no longer a file. Put it back, or delete its session: chatferry upload sessions delete gone.mp4`,
        },
      },
      { path: join(cwd, 'a.mp4'), name: 'films/a.mp4' },
    ]);
    expect(items[0]).not.toHaveProperty('problem');
    expect(opened.sources).toEqual(sessions.map(({ path }) => ({ path, keepsName: false })));
    await opened[Symbol.asyncDispose]();
  });

  it('have a copy of the database of an archive, which may be in use', async () => {
    const cwd = temporaryDirectory();
    const directory = join(cwd, 'exports');
    await makeArchive(directory, [{ id: 'channel42', title: 'Crew', contents: ['one'] }]);
    const path = join(directory, 'archive.db');
    const items: UploadItem[] = [];
    for await (const item of itemsOf(cwd, [session('db', path, 'mine/archive.db')]).items(never)) {
      items.push(item);
      expect(item.bytesPath).not.toBe(item.path);
      expect(
        readFileSync(item.bytesPath ?? '')
          .subarray(0, 13)
          .toString(),
      ).toBe('SQLite format');
    }
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({ path: realpathSync(path), name: 'mine/archive.db' });
    expect(items[0]).not.toHaveProperty('problem');
  });

  it('are none of those in a folder that has the place of a file now', async () => {
    const cwd = temporaryDirectory();
    mkdirSync(join(cwd, 'film', 'inside'), { recursive: true });
    const items = async (): Promise<readonly UploadItem[]> => {
      const found: UploadItem[] = [];
      for await (const item of itemsOf(cwd, [session('film', join(cwd, 'film'))]).items(never)) found.push(item);
      return found;
    };
    const one = [{ path: join(cwd, 'film'), name: 'film there', problem: { code: 'SOURCE_CHANGED' } }];
    expect(await items()).toMatchObject(one);
    for (const name of ['a', 'b']) writeFileSync(join(cwd, 'film', name), name);
    expect(await items()).toMatchObject(one);
  });

  it.skipIf(process.platform === 'win32')('end with what says nothing of the one file', async () => {
    const cwd = temporaryDirectory();
    const path = join(cwd, 'round');
    symlinkSync(path, path); // The system gives up following it.
    const walk = async (): Promise<void> => {
      for await (const { name } of itemsOf(cwd, [session('round', path)]).items(never)) expect(name).toBeUndefined();
    };
    await expect(walk()).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
  });
});

describe('what is still to be sent', () => {
  const opened = (items: readonly UploadItem[]): OpenedItems => ({
    sources: [],
    items: () => each(items),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });

  it('is measured without reading it: copies by their own size, and what is not there as nothing', async () => {
    const cwd = temporaryDirectory();
    const place = (name: string, text: string): string => {
      writeFileSync(join(cwd, name), text);
      return join(cwd, name);
    };
    const items = [
      { path: place('five', '12345'), name: 'five' },
      { path: place('database', '1234567890'), bytesPath: place('copy', '123'), name: 'database' },
      { path: join(cwd, 'gone'), name: 'gone' },
    ];
    expect(await measureItems(opened(items), never)).toEqual({ fileCount: 3, bytes: 8 });
    expect(await measureItems(opened([]), never)).toEqual({ fileCount: 0, bytes: 0 });
  });
});

describe('the sessions that a word stands for', () => {
  const hash = (digit: string): string => digit.repeat(20);
  const all = [`mine.${hash('0')}`, `mine.${hash('1')}`, `other.one.${hash('2')}`, hash('3')].map((id) => session(id));

  it('are all with that name, or the one with that id', () => {
    const idsOf = (word: string): readonly string[] => chosenSessions(all, word).map(({ id }) => id);
    expect(idsOf('mine')).toEqual([`mine.${hash('0')}`, `mine.${hash('1')}`]);
    expect(idsOf(`mine.${hash('1')}`)).toEqual([`mine.${hash('1')}`]);
    expect(idsOf('other.one')).toEqual([`other.one.${hash('2')}`]);
    expect(idsOf(hash('3'))).toEqual([hash('3')]);
    expect(all.map(sessionNameOf)).toEqual(['mine', 'mine', 'other.one', undefined]);
  });

  it('are none where nothing is called so: the nearest is named, or where all are listed', () => {
    expect(() => chosenSessions(all, 'othr.one')).toThrow(
      expect.objectContaining({
        code: 'USAGE',
        message: 'There is no upload session "othr.one". Did you mean other.one?',
      }),
    );
    const near = `${hash('3').slice(0, -1)}4`;
    expect(() => chosenSessions(all, near)).toThrow(`Did you mean ${hash('3')}?`);
    const refusal = 'There is no upload session "holidays". chatferry upload sessions list shows all.';
    expect(() => chosenSessions(all, 'holidays')).toThrow(refusal);
    expect(() => chosenSessions([], 'mine')).toThrow('chatferry upload sessions list shows all.');
  });
});
