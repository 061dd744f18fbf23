import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Chat } from '../../src/chat/chat.js';
import type { LiveSource } from '../../src/source/live-source.js';
import { describeMessageSource, type MessageSourceSample } from './message-source.js';
import { messageWithFile } from './reading-a-source.js';

/** What a live source is given to show that it keeps the contract. */
export interface LiveSourceSample extends Omit<MessageSourceSample, 'chat'> {
  readonly source: LiveSource;
  /** A reference to a chat as {@link MessageSourceSample.chat} has to be. */
  readonly reference: string;
  /** Whether the account may list its chats. @defaultValue true */
  readonly listsChats?: boolean;
}

/** The suite that every {@link LiveSource} passes, with that of message sources in it. */
export function describeLiveSource(name: string, open: () => Promise<LiveSourceSample>): void {
  const signal = new AbortController().signal;

  describeMessageSource(name, async () => {
    const sample = await open();
    return { ...sample, chat: await sample.source.resolveChat(sample.reference, signal) };
  });

  describe(`${name} keeps the contract of a live source`, () => {
    let sample: LiveSourceSample;
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

    it('gives hashes of a file that cover it without a gap and are those of its bytes', async () => {
      const { message, media } = await messageWithFile(sample.source, chat, sample.mediaHashes);
      const path = join(folder, 'hashed');
      const { sizeBytes } = await sample.source.download(message, media, { path, signal });
      const bytes = await readFile(path);
      await rm(path);
      let reached = 0;
      for await (const range of sample.source.fileHashes(message, media, signal)) {
        expect(range.offset).toBe(reached);
        reached += range.sizeBytes;
        const digest = createHash('sha256').update(bytes.subarray(range.offset, reached)).digest();
        expect(digest.equals(range.sha256)).toBe(true);
      }
      expect(reached).toBeGreaterThanOrEqual(sizeBytes);
    });

    it('stops with the reason of its signal when it is asked for hashes or a chat', async () => {
      const { message, media } = await messageWithFile(sample.source, chat, sample.mediaHashes);
      const aborted = AbortSignal.abort(new Error('enough'));
      const hashes = sample.source.fileHashes(message, media, aborted)[Symbol.asyncIterator]();
      await expect(hashes.next()).rejects.toThrow('enough');
      await expect(sample.source.resolveChat(sample.reference, aborted)).rejects.toThrow('enough');
    });

    it('counts the bytes that downloads received', async () => {
      const before = sample.source.downloadMetrics().bytes;
      const { message, media } = await messageWithFile(sample.source, chat, sample.mediaHashes);
      const path = join(folder, 'counted');
      const { sizeBytes } = await sample.source.download(message, media, { path, signal });
      await rm(path);
      expect(sample.source.downloadMetrics().bytes - before).toBe(sizeBytes);
    });

    it('counts for a run only what is downloaded through the view of that run', async () => {
      const [run, other] = [sample.source.forRun?.(), sample.source.forRun?.()];
      if (run === undefined || other === undefined) return;
      const { message, media } = await messageWithFile(sample.source, chat, sample.mediaHashes);
      const path = join(folder, 'of a run');
      const { sizeBytes } = await run.download(message, media, { path, signal });
      await rm(path);
      await sample.source.download(message, media, { path, signal });
      await rm(path);
      expect(run.downloadMetrics?.()).toMatchObject({ bytes: sizeBytes, inFlightRequests: 0 });
      expect(other.downloadMetrics?.()).toMatchObject({ bytes: 0, series: [] });
      await run.close();
      await sample.source.resolveChat(sample.reference, signal);
    });
  });
}
