import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Batch } from '../../src/chat/batch.js';
import type { Chat } from '../../src/chat/chat.js';
import type { Media } from '../../src/chat/media.js';
import type { Message } from '../../src/chat/message.js';
import type { MessageSource } from '../../src/source/message-source.js';

/** What a source is given to show that it keeps the contract. */
export interface MessageSourceSample {
  readonly source: MessageSource;
  /** A reference to a chat with more than 200 messages, ids with gaps, and at least one medium. */
  readonly reference: string;
  /** Every id of that chat, ascending. */
  readonly messageIds: readonly number[];
  /** SHA-256, hex, of media of that chat by message id. At least one. */
  readonly mediaHashes: ReadonlyMap<number, string>;
  /** Whether the account may list its chats. @defaultValue true */
  readonly listsChats?: boolean;
  close(): Promise<void>;
}

/** The suite that every {@link MessageSource} passes. */
export function describeMessageSource(name: string, open: () => Promise<MessageSourceSample>): void {
  describe(`${name} keeps the contract of a message source`, () => {
    const signal = new AbortController().signal;
    let sample: MessageSourceSample;
    let chat: Chat;
    let folder: string;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'chatferry-contract-'));
      sample = await open();
      chat = await sample.source.resolveChat(sample.reference, signal);
    });

    afterAll(async () => {
      await sample.close();
      await rm(folder, { recursive: true, force: true });
    });

    async function batches(from: AsyncIterable<Batch>): Promise<Batch[]> {
      const all: Batch[] = [];
      for await (const batch of from) all.push(batch);
      return all;
    }

    async function ids(from: AsyncIterable<Batch>): Promise<number[]> {
      return (await batches(from)).flatMap(({ messages }) => messages.map(({ id }) => id));
    }

    async function messageWithFile(): Promise<{ message: Message; media: Media; sha256: string }> {
      for (const [id, sha256] of sample.mediaHashes) {
        const [batch] = await batches(sample.source.messages(chat, [id], signal));
        const message = batch?.messages[0];
        const media = message?.media[0];
        if (message !== undefined && media !== undefined) return { message, media, sha256 };
      }
      throw new Error('the sample has no medium');
    }

    it('names the account', () => {
      expect(sample.source.account.id).toMatch(/^\d+$/);
      expect(sample.source.account.name).not.toBe('');
    });

    it('lists its chats, newest activity first, each once, or says that it may not', async () => {
      if (sample.listsChats === false) {
        const list = sample.source.chats(signal)[Symbol.asyncIterator]();
        await expect(list.next()).rejects.toMatchObject({ code: 'USAGE' });
        return;
      }
      const listed: Chat[] = [];
      for await (const one of sample.source.chats(signal)) listed.push(one);
      const dates = listed.map(({ lastMessageDateMs }) => lastMessageDateMs ?? 0);
      expect(dates).toEqual(dates.toSorted((one, other) => other - one));
      expect(new Set(listed.map(({ id }) => id)).size).toBe(listed.length);
      expect(listed.map(({ id }) => id)).toContain(chat.id);
    });

    it('finds the same chat by its id', async () => {
      expect((await sample.source.resolveChat(chat.peerId, signal)).id).toBe(chat.id);
    });

    it('refuses a chat that is not there', async () => {
      await expect(sample.source.resolveChat('channel987654321', signal)).rejects.toMatchObject({
        code: 'CHAT_NOT_FOUND',
      });
    });

    it('gives every message once, oldest first, in batches of 1 to 100', async () => {
      const all = await batches(sample.source.history(chat, { signal }));
      expect(all.flatMap(({ messages }) => messages.map(({ id }) => id))).toEqual(sample.messageIds);
      for (const { messages } of all) {
        expect(messages.length).toBeGreaterThan(0);
        expect(messages.length).toBeLessThanOrEqual(100);
      }
    });

    it('keeps every message under its chat and knows its sender', async () => {
      for (const { messages, senders } of await batches(sample.source.history(chat, { signal }))) {
        expect(new Set(senders.map(({ id }) => id)).size).toBe(senders.length);
        for (const { chatId, senderId } of messages) {
          expect(chatId).toBe(chat.id);
          if (senderId !== undefined) expect(senders.map(({ id }) => id)).toContain(senderId);
        }
      }
    });

    it('goes on after a cursor, wherever it points', async () => {
      for (const place of [0, 99, 100, sample.messageIds.length - 1]) {
        const after = sample.messageIds[place] ?? 0;
        expect(await ids(sample.source.history(chat, { after, signal }))).toEqual(sample.messageIds.slice(place + 1));
      }
    });

    it('gives single messages again, ascending, and leaves out those that are not there', async () => {
      const wanted = [sample.messageIds.at(-1) ?? 0, sample.messageIds[0] ?? 0, 2_000_000_000];
      expect(await ids(sample.source.messages(chat, wanted, signal))).toEqual([wanted[1], wanted[0]]);
      expect(await ids(sample.source.messages(chat, sample.messageIds, signal))).toEqual(sample.messageIds);
    });

    it('fetches a file whole, with its hash and its size', async () => {
      const { message, media, sha256 } = await messageWithFile();
      const path = join(folder, 'whole');
      let byteCount = 0;
      const onBytes = (count: number): void => {
        byteCount += count;
      };
      const file = await sample.source.download(message, media, { path, onBytes, signal });
      const bytes = await readFile(path);
      expect(file).toEqual({ sizeBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
      expect(file.sha256).toBe(sha256);
      expect(byteCount).toBe(bytes.length);
      await rm(path);
    });

    it('gives hashes of a file, if at all, that cover it without a gap and are those of its bytes', async () => {
      const { message, media } = await messageWithFile();
      const path = join(folder, 'hashed');
      const { sizeBytes } = await sample.source.download(message, media, { path, signal });
      const bytes = await readFile(path);
      await rm(path);
      let reached = 0;
      for await (const range of sample.source.fileHashes?.(message, media, signal) ?? []) {
        expect(range.offset).toBe(reached);
        reached += range.sizeBytes;
        const digest = createHash('sha256').update(bytes.subarray(range.offset, reached)).digest();
        expect(digest.equals(range.sha256)).toBe(true);
      }
      if (sample.source.fileHashes !== undefined) expect(reached).toBeGreaterThanOrEqual(sizeBytes);

      const aborted = AbortSignal.abort(new Error('enough'));
      const ask = async (): Promise<void> => {
        for await (const range of sample.source.fileHashes?.(message, media, aborted) ?? []) reached += range.sizeBytes;
        aborted.throwIfAborted(); // A source without hashes stops nobody.
      };
      await expect(ask()).rejects.toThrow('enough');
    });

    it('leaves no file when a download is aborted', async () => {
      const { message, media } = await messageWithFile();
      const aborted = AbortSignal.abort(new Error('enough'));
      const download = sample.source.download(message, media, { path: join(folder, 'aborted'), signal: aborted });
      await expect(download).rejects.toThrow('enough');
      expect(await readdir(folder)).toEqual([]);
    });

    it('says so when a medium cannot be had', async () => {
      const { message, media } = await messageWithFile();
      const gone = { ...media, unavailableReason: 'It destroyed itself.' };
      const download = sample.source.download(message, gone, { path: join(folder, 'gone'), signal });
      await expect(download).rejects.toMatchObject({ code: 'MEDIA_UNAVAILABLE', message: 'It destroyed itself.' });
      expect(await readdir(folder)).toEqual([]);
    });

    it('stops with the reason of its signal', async () => {
      const aborted = AbortSignal.abort(new Error('enough'));
      await expect(ids(sample.source.history(chat, { signal: aborted }))).rejects.toThrow('enough');
      await expect(sample.source.resolveChat(sample.reference, aborted)).rejects.toThrow('enough');
    });

    it('can be closed twice', async () => {
      const other = await open();
      await other.source.close();
      await other.source.close();
      await other.close();
    });
  });
}
