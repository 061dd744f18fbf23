import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Archive } from '../../src/archive/archive.js';
import type { MessageRecord } from '../../src/chat/record.js';
import type { Chat } from '../../src/chat/chat.js';
import { chatIdOf } from '../../src/chat/chat-id.js';

/** The account and the chat whose rows it has. */
export const LARGE_ACCOUNT = '7001';
export const LARGE_CHAT: Chat = {
  id: chatIdOf('channel9001', LARGE_ACCOUNT),
  peerId: 'channel9001',
  kind: 'supergroup',
  title: 'Crew',
  username: 'crew',
  isPublic: true,
};

export interface LargeArchiveOptions {
  readonly messageCount: number;
  /** Every so many messages one has a document. */
  readonly mediaEvery: number;
  /** Whether the documents are on the disk. */
  readonly withFiles: boolean;
}

const BATCH = 5000;
/** 2023-11-14. */
const FIRST_DATE_MS = 1_700_000_000_000;

/** Writes an archive of one chat, its messages numbered from 1, as exports do but without a source. */
export async function writeLargeArchive(directory: string, options: LargeArchiveOptions): Promise<void> {
  const { messageCount, mediaEvery, withFiles } = options;
  using archive = await Archive.open(directory);
  const atMs = FIRST_DATE_MS;
  archive.accounts.note({ id: LARGE_ACCOUNT, name: 'Ada', isBot: false }, atMs);
  const { folder } = archive.placeChat(LARGE_CHAT);
  if (withFiles) mkdirSync(join(archive.directory, folder, 'media', 'documents'), { recursive: true });
  for (let first = 1; first <= messageCount; first += BATCH) {
    const last = Math.min(messageCount, first + BATCH - 1);
    const records: MessageRecord[] = [];
    for (let id = first; id <= last; id += 1) {
      const record = recordOf(id, id % mediaEvery === 0);
      records.push(record);
      for (const one of record.media) {
        if (withFiles && one.state === 'stored')
          writeFileSync(join(archive.directory, folder, one.file.path), contentOf(id));
      }
    }
    archive.commit({
      chatId: LARGE_CHAT.id,
      records,
      senders: [],
      reached: { account: LARGE_ACCOUNT, firstMessageId: 1, cursor: last },
    });
  }
}

function recordOf(id: number, hasMedium: boolean): MessageRecord {
  const media: MessageRecord['media'] = hasMedium ? [mediumOf(id)] : [];
  const message = {
    id,
    chatId: LARGE_CHAT.id,
    kind: 'message' as const,
    dateMs: FIRST_DATE_MS + id * 1000,
    text: { text: `message ${id}`, entities: [] },
    media: media.map((record) => record.media),
  };
  return { message, media };
}

function mediumOf(id: number): MessageRecord['media'][number] {
  const content = contentOf(id);
  const sizeBytes = Buffer.byteLength(content);
  return {
    state: 'stored',
    media: { kind: 'document', role: 'main', remoteId: `document:${id}`, sizeBytes },
    file: {
      path: `media/documents/${id}_notes.txt`,
      sizeBytes,
      sha256: createHash('sha256').update(content).digest('hex'),
    },
  };
}

function contentOf(id: number): string {
  return `notes ${id}\n`;
}
