import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { Archive } from '../../src/archive/archive.js';
import { MediaFiles } from '../../src/archive/files/media-files.js';
import type { Media } from '../../src/chat/media.js';
import type { Message } from '../../src/chat/message.js';
import { Exporter } from '../../src/pipeline/exporter.js';
import { ParallelMediaProcessor } from '../../src/pipeline/processor/parallel-media-processor.js';
import { temporaryDirectory } from '../archive/temporary-directory.js';
import { describeMessageSource } from '../contract/message-source.js';
import { type JsonChat, JsonFileSource } from './json-file-source.js';
import { sha256 } from './telegram/simulated-telegram.js';

const MESSAGE_COUNT = 230;
const CHAT_ID = 'channel77';

/** Message ids in steps of three; every fiftieth message has a file, and the last one has lost its. */
async function writeChat(folder: string): Promise<{ readonly path: string; readonly hashes: Map<number, string> }> {
  const hashes = new Map<number, string>();
  const files: Record<string, string> = {};
  const messages: Message[] = [];
  await mkdir(join(folder, 'files'));
  for (let index = 0; index < MESSAGE_COUNT; index += 1) {
    const id = index * 3 + 1;
    const media: Media[] = [];
    if (index % 50 === 0) {
      const bytes = Buffer.from(`file of message ${id}`.repeat(id * 40));
      files[`file:${id}`] = `files/${id}.bin`;
      await writeFile(join(folder, 'files', `${id}.bin`), bytes);
      hashes.set(id, sha256(bytes));
      const sizeBytes = bytes.length;
      media.push({ kind: 'document', role: 'main', remoteId: `file:${id}`, fileName: `${id}.bin`, sizeBytes });
    } else if (index === MESSAGE_COUNT - 1) {
      media.push({ kind: 'photo', role: 'main', remoteId: 'file:lost', sizeBytes: 10 });
    }
    messages.push({
      id,
      chatId: CHAT_ID,
      kind: 'message',
      dateMs: 1_700_000_000_000 + id * 1000,
      senderId: 'user5',
      text: { text: `message ${id}`, entities: [] },
      media,
    });
  }
  const document: JsonChat = {
    account: { id: '5', name: 'Ann', isBot: false },
    chat: { id: CHAT_ID, peerId: CHAT_ID, kind: 'supergroup', title: 'Written down', isPublic: false },
    senders: [{ id: 'user5', name: 'Ann' }],
    messages: messages.toReversed(),
    files,
  };
  const path = join(folder, 'chat.json');
  await writeFile(path, JSON.stringify(document));
  return { path, hashes };
}

const IDS = Array.from({ length: MESSAGE_COUNT }, (_, index) => index * 3 + 1);

describeMessageSource('a source that reads a JSON file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'chatferry-json-'));
  const { path, hashes } = await writeChat(folder);
  const source = await JsonFileSource.open(path);
  const close = async (): Promise<void> => {
    await source.close();
    await rm(folder, { recursive: true });
  };
  return { source, chat: source.chat, messageIds: IDS, mediaHashes: hashes, close };
});

describe('a source that reads a JSON file', () => {
  it.each(['window', 'batch', 'sequential'] as const)(
    'is exported completely (%s), with the contract of all sources, without a live connection',
    async (mode) => {
      const { path, hashes } = await writeChat(temporaryDirectory());
      await using source = await JsonFileSource.open(path);
      using archive = await Archive.open(temporaryDirectory());
      archive.accounts.note(source.account, 1);
      const exporter = new Exporter({
        source,
        archive,
        processor: new ParallelMediaProcessor({ maxConcurrent: 4, memoryLimitMb: 4096 }),
        mode,
        selection: {},
        deduplicates: true,
        hashTimeoutMs: 5000,
        reporter: { event: () => undefined },
        openMediaFiles: (folder) => new MediaFiles({ directory: archive.directory, folder }),
      });
      const { signal } = new AbortController();

      const { newMessageCount, missing } = await exporter.export(source.chat, { signal });

      expect(newMessageCount).toBe(MESSAGE_COUNT);
      expect(missing).toMatchObject([{ messageId: IDS.at(-1), code: 'MEDIA_UNAVAILABLE' }]);
      const records = [...archive.messages(CHAT_ID)];
      expect(records.map(({ message }) => message.id)).toEqual(IDS);
      const folder = archive.chat(CHAT_ID)?.folder ?? '';
      for (const { message, media } of records) {
        const [record] = media;
        if (record?.state !== 'stored') continue;
        const bytes = await readFile(join(archive.directory, folder, record.file.path));
        expect([message.id, sha256(bytes)]).toEqual([message.id, hashes.get(message.id)]);
        hashes.delete(message.id);
      }
      expect(hashes.size).toBe(0);

      const again = await exporter.export(source.chat, { signal });
      expect(again).toMatchObject({ newMessageCount: 0, messageCount: MESSAGE_COUNT });
    },
  );
});
