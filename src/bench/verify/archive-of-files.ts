import { createHash, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Archive } from '../../archive/archive.js';
import type { MessageRecord } from '../../chat/record.js';
import type { Chat } from '../../chat/chat.js';
import type { Media } from '../../chat/media.js';

const CHAT: Chat = {
  id: 'channel1',
  peerId: 'channel1',
  kind: 'supergroup',
  title: 'Many files',
  isPublic: false,
};
const FIRST_DATE_MS = Date.UTC(2026, 0, 1);
const COMMIT_RECORDS = 100;

/** Writes an archive of one chat with many different files of one size. @returns the chat's folder, absolute. */
export async function makeArchiveOfFiles(
  directory: string,
  {
    fileCount,
    fileBytes,
    signal,
  }: { readonly fileCount: number; readonly fileBytes: number; readonly signal: AbortSignal },
): Promise<string> {
  using archive = await Archive.open(directory);
  const folder = join(archive.directory, archive.placeChat(CHAT).folder);
  await mkdir(join(folder, 'media/documents'), { recursive: true });
  const bytes = randomBytes(fileBytes);
  let records: MessageRecord[] = [];
  for (let id = 1; id <= fileCount; id += 1) {
    signal.throwIfAborted();
    bytes.writeUInt32LE(id);
    records.push(await recordOf(id, bytes, folder));
    if (records.length < COMMIT_RECORDS && id < fileCount) continue;
    archive.commit({ chatId: CHAT.id, records, senders: [] });
    records = [];
  }
  return folder;
}

async function recordOf(id: number, bytes: Buffer, folder: string): Promise<MessageRecord> {
  const path = `media/documents/2026-01-01_${id}_file.bin`;
  await writeFile(join(folder, path), bytes);
  const sizeBytes = bytes.length;
  const media: Media = { kind: 'document', role: 'main', remoteId: `document:${id}`, sizeBytes };
  const file = { path, sizeBytes, sha256: createHash('sha256').update(bytes).digest('hex') };
  return {
    message: {
      id,
      chatId: CHAT.id,
      kind: 'message',
      dateMs: FIRST_DATE_MS + id * 1000,
      text: { text: `File ${id}`, entities: [] },
      media: [media],
    },
    media: [{ state: 'stored', media, file }],
  };
}
