import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { removeSessions, SessionCleaning } from '../../../src/app/upload/session-cleaning.js';
import { openSessionRoom, type SessionRoom } from '../../../src/app/upload/session-room.js';
import { loadSettings } from '../../../src/config/load-settings.js';
import type { UploadSession } from '../../../src/upload/session/upload-session.js';

const HOUR_MS = 3_600_000;
const START_MS = Date.parse('2026-03-01T12:00:00Z');
const never = new AbortController().signal;

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'chatferry-cleaning-'));
  mkdirSync(join(cwd, 'there'));
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

/** A run of hours, in which time goes by only when the test says so. */
class LongRun {
  readonly notes: string[] = [];
  nowMs: number = START_MS;
  #hourly: (() => void) | undefined;

  readonly room: SessionRoom;

  constructor(room: SessionRoom) {
    this.room = room;
  }

  static async open(): Promise<LongRun> {
    return new LongRun(await openSessionRoom({ uploadSessionDir: join(cwd, 'sessions') }));
  }

  cleaning(): SessionCleaning {
    const { settings } = loadSettings({ cwd, env: {}, homeDirectory: cwd });
    return new SessionCleaning({
      settings,
      cwd,
      room: this.room,
      now: () => this.nowMs,
      onNote: (text) => this.notes.push(text),
      repeat: (work, intervalMs) => {
        expect(intervalMs).toBe(HOUR_MS);
        this.#hourly = work;
        return () => (this.#hourly = undefined);
      },
    });
  }

  get isTimed(): boolean {
    return this.#hourly !== undefined;
  }

  anHourLater(): void {
    this.nowMs += HOUR_MS;
    this.#hourly?.();
  }
}

/** What was begun of a file, with what came of it at the far end. */
async function begun({ sessions }: SessionRoom, id: string, expiresAtMs: number): Promise<string> {
  const asideName = Buffer.from(id).toString('hex').padEnd(20, '0').slice(0, 20);
  const aside = join(cwd, 'there', `.${asideName}.uploading`);
  writeFileSync(aside, 'half');
  const session: UploadSession = {
    version: 1,
    id,
    path: join(cwd, id),
    target: `dir:${join(cwd, 'there')}`,
    name: id,
    sizeBytes: 8,
    sha256: '0'.repeat(64),
    modifiedNs: '0',
    inode: '0',
    partBytes: 4,
    remote: { aside, path: join(cwd, 'there', id) },
    parts: [],
    createdAtMs: START_MS,
    updatedAtMs: START_MS,
    expiresAtMs,
    shownPercentage: 50,
    status: 'paused',
  };
  await sessions.write(session);
  return aside;
}

it('a session that expires in the middle of a long run is removed within the hour, at the far end as well', async () => {
  const run = await LongRun.open();
  using room = run.room;
  const early = await begun(room, 'early', START_MS + HOUR_MS / 2);
  const late = await begun(room, 'late', START_MS + 2.5 * HOUR_MS);
  const cleaning = run.cleaning();
  await cleaning.begin([], never);
  expect((await room.sessions.list()).map(({ id }) => id).sort()).toEqual(['early', 'late']);
  run.anHourLater();
  await expect.poll(() => run.notes).toEqual(['Removed 1 upload session that had expired.']);
  expect([existsSync(early), existsSync(late)]).toEqual([false, true]);
  run.anHourLater();
  run.anHourLater();
  await expect.poll(() => run.notes).toHaveLength(2);
  expect(await room.sessions.list()).toEqual([]);
  await cleaning[Symbol.asyncDispose]();
  expect(run.isTimed).toBe(false);
});

it('one that somebody works on stays, which is said once', async () => {
  const run = await LongRun.open();
  using room = run.room;
  const aside = await begun(room, 'busy', START_MS + HOUR_MS / 2);
  room.store.claim('busy');
  const cleaning = run.cleaning();
  await cleaning.begin([], never);
  run.anHourLater();
  await expect.poll(() => run.notes).toHaveLength(1);
  run.anHourLater();
  room.store.release('busy');
  run.anHourLater();
  await expect.poll(() => run.notes.at(-1)).toBe('Removed 1 upload session that had expired.');
  expect(run.notes).toHaveLength(2);
  expect(existsSync(aside)).toBe(false);
  await cleaning[Symbol.asyncDispose]();
});

it('one whose folder is not there stays, no folder is made, and it goes once the folder is there again', async () => {
  using room = await openSessionRoom({ uploadSessionDir: join(cwd, 'sessions') });
  const aside = await begun(room, 'away', START_MS);
  const { settings } = loadSettings({ cwd, env: {}, homeDirectory: cwd });
  const remove = async () => removeSessions(await room.sessions.list(), { room, settings, cwd }, never);
  renameSync(join(cwd, 'there'), join(cwd, 'unmounted'));
  const { kept, removed } = await remove();
  expect(kept).toMatchObject([{ session: { id: 'away' } }]);
  expect(kept[0]?.reason).toContain(`There is no folder ${join(cwd, 'there')}`);
  expect([removed, existsSync(join(cwd, 'there'))]).toEqual([[], false]);
  renameSync(join(cwd, 'unmounted'), join(cwd, 'there'));
  expect((await remove()).removed).toMatchObject([{ id: 'away' }]);
  expect([existsSync(aside), await room.sessions.list()]).toEqual([false, []]);
});

it('a session that leads to what another file has begun takes nothing away, and goes', async () => {
  const run = await LongRun.open();
  using room = run.room;
  const aside = await begun(room, 'another', START_MS + 9 * HOUR_MS);
  const planted = await room.sessions.read('another');
  if (planted === undefined) throw new Error('It was not written.');
  await room.sessions.write({ ...planted, id: 'planted', name: 'mine', expiresAtMs: START_MS - 1 });
  await using cleaning = run.cleaning();
  await cleaning.begin([planted.target], never);
  expect(run.notes).toEqual(['Removed 1 upload session that had expired.']);
  expect((await room.sessions.list()).map(({ id }) => id)).toEqual(['another']);
  expect(existsSync(aside)).toBe(true);
});
