import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Chat } from '../../src/chat/chat.js';
import type { Media } from '../../src/chat/media.js';
import type { MessageSource } from '../../src/source/message-source.js';
import { batchesOf, idsOf, messageWithFile } from './reading-a-source.js';

/** What a source is given to show that it keeps the contract. */
export interface MessageSourceSample {
  readonly source: MessageSource;
  /** With more than 200 messages, ids with gaps, and at least one medium. */
  readonly chat: Chat;
  /** Every id of that chat, ascending. */
  readonly messageIds: readonly number[];
  /** SHA-256, hex, of media of that chat by message id. At least one. */
  readonly mediaHashes: ReadonlyMap<number, string>;
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
      chat = sample.chat;
    });

    afterAll(async () => {
      await sample.close();
      await rm(folder, { recursive: true, force: true });
    });

    it('names the account', () => {
      expect(sample.source.account.id).toMatch(/^\d+$/);
      expect(sample.source.account.name).not.toBe('');
    });

    it('gives every message once, oldest first, in batches of 1 to 100', async () => {
      const all = await batchesOf(sample.source.history(chat, { signal }));
      expect(all.flatMap(({ messages }) => messages.map(({ id }) => id))).toEqual(sample.messageIds);
      for (const { messages } of all) {
        expect(messages.length).toBeGreaterThan(0);
        expect(messages.length).toBeLessThanOrEqual(100);
      }
    });

    it('keeps every message under its chat and knows its sender', async () => {
      for (const { messages, senders } of await batchesOf(sample.source.history(chat, { signal }))) {
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
        expect(await idsOf(sample.source.history(chat, { after, signal }))).toEqual(sample.messageIds.slice(place + 1));
      }
    });

    it('gives single messages again, ascending, and leaves out those that are not there', async () => {
      const wanted = [sample.messageIds.at(-1) ?? 0, sample.messageIds[0] ?? 0, 2_000_000_000];
      expect(await idsOf(sample.source.messages(chat, wanted, signal))).toEqual([wanted[1], wanted[0]]);
      expect(await idsOf(sample.source.messages(chat, sample.messageIds, signal))).toEqual(sample.messageIds);
    });

    it('fetches a file whole, with its hash and its size', async () => {
      const { message, media, sha256 } = await messageWithFile(sample.source, chat, sample.mediaHashes);
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

    it.each([
      ['a copy of its medium', (media: Media): Media => ({ ...media })],
      ['its medium as an archive gives it back', (media: Media): Media => JSON.parse(JSON.stringify(media)) as Media],
    ])('fetches a file also by %s', async (_, changed) => {
      const { message, media, sha256 } = await messageWithFile(sample.source, chat, sample.mediaHashes);
      const path = join(folder, 'copy');
      expect(await sample.source.download(message, changed(media), { path, signal })).toMatchObject({ sha256 });
      await rm(path);
    });

    it('leaves no file when a download is aborted', async () => {
      const { message, media } = await messageWithFile(sample.source, chat, sample.mediaHashes);
      const aborted = AbortSignal.abort(new Error('enough'));
      const download = sample.source.download(message, media, { path: join(folder, 'aborted'), signal: aborted });
      await expect(download).rejects.toThrow('enough');
      expect(await readdir(folder)).toEqual([]);
    });

    it('says so when a medium cannot be had', async () => {
      const { message, media } = await messageWithFile(sample.source, chat, sample.mediaHashes);
      const gone = { ...media, unavailableReason: 'It destroyed itself.' };
      const download = sample.source.download(message, gone, { path: join(folder, 'gone'), signal });
      await expect(download).rejects.toMatchObject({ code: 'MEDIA_UNAVAILABLE', message: 'It destroyed itself.' });
      expect(await readdir(folder)).toEqual([]);
    });

    it('stops with the reason of its signal', async () => {
      const aborted = AbortSignal.abort(new Error('enough'));
      await expect(idsOf(sample.source.history(chat, { signal: aborted }))).rejects.toThrow('enough');
    });

    it('can be closed twice', async () => {
      const other = await open();
      await other.source.close();
      await other.source.close();
      await other.close();
    });
  });
}
