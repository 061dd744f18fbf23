import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { DatabaseSync } from '@photostructure/sqlite';
import { describe, expect, it } from 'vitest';

import { Archive } from '../../src/archive/archive.js';
import { MediaFiles } from '../../src/archive/files/media-files.js';
import type { MessageRecord } from '../../src/chat/record.js';
import { startProgram } from './child-program.js';
import { ACCOUNT, CHAT } from './sample-message.js';
import { temporaryDirectory } from './temporary-directory.js';

const KILL_COUNT = 20;

/** Lets the writer go on, kills it at some moment, and gives the last message that it said was committed. */
async function writeAndKill(directory: string): Promise<number> {
  const writer = startProgram('steady-writer', directory);
  await writer.nextLine();
  let acknowledged = 0;
  const commitCount = Math.floor(Math.random() * 6);
  for (let commit = 0; commit < commitCount; commit += 1) {
    acknowledged = Number(/^committed (\d+)$/.exec(await writer.nextLine())?.[1]);
  }
  await sleep(Math.random() * 12); // Somewhere between two commits; nothing is waited for.
  await writer.kill();
  return acknowledged;
}

function expectWhole(folder: string, { message, media }: MessageRecord): void {
  expect(media.length, `message ${message.id}`).toBeGreaterThan(0);
  for (const record of media) {
    if (record.state !== 'stored') throw new Error(`message ${message.id} is not stored`);
    const bytes = readFileSync(join(folder, record.file.path));
    expect(bytes.byteLength).toBe(record.file.sizeBytes);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(record.file.sha256);
  }
}

describe('kill -9 at any moment', () => {
  it(`loses nothing acknowledged, ${KILL_COUNT} times in a row`, { timeout: 240_000 }, async () => {
    const directory = temporaryDirectory();
    let cursorBefore = 0;
    for (let kill = 0; kill < KILL_COUNT; kill += 1) {
      const acknowledged = await writeAndKill(directory);

      using archive = await Archive.open(directory);
      const { folder } = archive.placeChat(CHAT);
      const cursor = archive.chatAccounts.one(CHAT.id, ACCOUNT)?.cursor ?? 0;
      expect(cursor).toBeGreaterThanOrEqual(Math.max(acknowledged, cursorBefore));
      cursorBefore = cursor;

      const records = [...archive.messages(CHAT.id)];
      expect(records.map(({ message }) => message.id)).toEqual(Array.from({ length: cursor }, (_, index) => index + 1));
      for (const record of records) expectWhole(join(directory, folder), record);

      const files = new MediaFiles({ directory, folder });
      await files.prepare();
      await files.finish();
      expect(readdirSync(join(directory, folder))).not.toContain('.partial');
    }
    expect(cursorBefore).toBeGreaterThan(0);

    const database = new DatabaseSync(join(directory, 'archive.db'));
    expect(database.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
    expect(database.prepare('PRAGMA foreign_key_check').all()).toEqual([]);
    database.close();
    expect(statSync(join(directory, 'archive.db')).size).toBeGreaterThan(0);
  });
});
