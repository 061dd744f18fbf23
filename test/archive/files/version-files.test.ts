import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { chatItems } from '../../../src/app/upload/items/chat-items.js';
import { type Verification, verifyArchive } from '../../../src/app/verify-archive.js';
import { Archive } from '../../../src/archive/archive.js';
import type { Finding } from '../../../src/archive/verify/finding.js';
import type { MediaRecord } from '../../../src/chat/record.js';
import { CHAT, PHOTO, recordOf, textMessage } from '../sample-message.js';
import { temporaryDirectory } from '../temporary-directory.js';

const { signal } = new AbortController();
const FOLDER = 'rust-gophers-channel42';
const BEFORE = 'media/photos/before.jpg';
const AFTER = 'media/photos/after.jpg';

function photo(path: string): MediaRecord {
  const sha256 = createHash('sha256').update(path).digest('hex');
  return { state: 'stored', media: PHOTO, file: { path, sizeBytes: path.length, sha256 } };
}

/** An archive whose only message was edited, and got another photo. The bytes of each photo are its path. */
async function editedArchive(): Promise<string> {
  const directory = temporaryDirectory();
  using archive = await Archive.open(directory);
  archive.placeChat(CHAT);
  for (const record of [
    recordOf(textMessage(1, 'sent'), [photo(BEFORE)]),
    recordOf(textMessage(1, 'edited', { editDateMs: 5000 }), [photo(AFTER)]),
  ]) {
    archive.commit({ chatId: CHAT.id, records: [record], senders: [] });
  }
  mkdirSync(join(directory, FOLDER, 'media/photos'), { recursive: true });
  for (const path of [BEFORE, AFTER]) writeFileSync(join(directory, FOLDER, path), path);
  return directory;
}

async function verified(directory: string): Promise<{ findings: readonly Finding[]; end: Verification }> {
  const findings: Finding[] = [];
  let total = 0;
  const work = verifyArchive({
    settings: { exportDir: directory },
    chats: [],
    isQuick: false,
    onNote: () => undefined,
    onTotal: (count) => (total = count),
    onChecked: () => undefined,
    signal,
  });
  for (;;) {
    const next = await work.next();
    if (next.done !== true) findings.push(next.value);
    else {
      expect(next.value.fileCount).toBe(total);
      return { findings, end: next.value };
    }
  }
}

async function namesSent(directory: string): Promise<readonly string[]> {
  using archive = await Archive.open(directory, { readOnly: true });
  const names: string[] = [];
  for (const chat of archive.chats()) {
    const toSend = { archive, directory, chat, name: 'chat', leftOut: { linkCount: 0, otherCount: 0 } };
    for await (const { name } of chatItems(toSend, signal)) names.push(name);
  }
  return names;
}

describe('a file that only an earlier version of a message refers to', () => {
  it('is checked, and reported once when it is gone: no export can fetch it', async () => {
    const directory = await editedArchive();
    expect(await verified(directory)).toMatchObject({ findings: [], end: { fileCount: 2, damageCount: 0 } });

    rmSync(join(directory, FOLDER, BEFORE));
    expect(await verified(directory)).toMatchObject({
      findings: [{ kind: 'missing', chatId: CHAT.id, messageId: 1, path: `${FOLDER}/${BEFORE}` }],
      end: { damageCount: 1, markedCount: 0 },
    });
    expect(await verified(directory)).toMatchObject({ findings: [], end: { fileCount: 1 } });
  });

  it('is no longer missing once it is back, and no other file is taken for it', async () => {
    const directory = await editedArchive();
    const isMissing = async (): Promise<readonly boolean[]> => {
      using archive = await Archive.open(directory, { readOnly: true });
      return Array.from(archive.files({ referrers: ['version'] }), (file) => file.isMissing);
    };
    rmSync(join(directory, FOLDER, BEFORE));
    await verified(directory);
    writeFileSync(join(directory, FOLDER, BEFORE), BEFORE.toUpperCase());
    expect((await verified(directory)).findings).toEqual([]);
    expect(await isMissing()).toEqual([true]);

    writeFileSync(join(directory, FOLDER, BEFORE), BEFORE);
    expect((await verified(directory)).findings).toEqual([]);
    expect(await isMissing()).toEqual([false]);
  });

  it('is sent with its chat, unless it is missing', async () => {
    const directory = await editedArchive();
    expect(await namesSent(directory)).toEqual([`chat/${AFTER}`, `chat/${BEFORE}`]);

    rmSync(join(directory, FOLDER, BEFORE));
    await verified(directory);
    expect(await namesSent(directory)).toEqual([`chat/${AFTER}`]);
  });
});
