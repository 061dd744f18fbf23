import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { Archive } from '../../src/archive/archive.js';
import { MediaFiles } from '../../src/archive/files/media-files.js';
import type { Account } from '../../src/chat/account.js';
import type { Batch } from '../../src/chat/batch.js';
import type { Chat } from '../../src/chat/chat.js';
import type { Media } from '../../src/chat/media.js';
import type { Message } from '../../src/chat/message.js';
import { ChatferryError } from '../../src/errors/chatferry-error.js';
import type { RunEvent } from '../../src/pipeline/export-progress.js';
import { type ChatExport, Exporter, type ExporterOptions, type ExportMode } from '../../src/pipeline/exporter.js';
import { ParallelMediaProcessor } from '../../src/pipeline/processor/parallel-media-processor.js';
import type { HistoryOptions, MessageSource } from '../../src/source/message-source.js';
import { CHAT, PHOTO, textMessage } from '../archive/sample-message.js';
import { temporaryDirectory } from '../archive/temporary-directory.js';

const ANN: Account = { id: '7001', name: 'Ann', isBot: false };
const BOB: Account = { id: '7002', name: 'Bob', isBot: false };
const BATCH_SIZE = 3;

/** A chat that the test changes, as one account sees it. */
class World {
  messages: Message[] = [];
  /** What files contain, by remote id. Those that are missing are refused. */
  readonly files = new Map<string, string>();
  readonly asked: {
    readonly after?: number | undefined;
    readonly upToId?: number | undefined;
    readonly ids?: number[];
  }[] = [];
  downloadCount = 0;
  serverCount: number | undefined;

  source(account: Account, sees: (message: Message) => boolean = () => true): MessageSource {
    return {
      account,
      history: (_: Chat, { after = -Infinity, upToId, signal }: HistoryOptions) => {
        this.asked.push({ after, upToId });
        return this.#batches((message) => message.id > after && sees(message), signal);
      },
      messages: (_, ids, signal) => {
        this.asked.push({ ids: [...ids] });
        return this.#batches((message) => ids.includes(message.id) && sees(message), signal);
      },
      download: async (message, { remoteId = '' }, { path, onBytes }) => {
        this.downloadCount += 1;
        const text = this.files.get(remoteId);
        if (text === undefined) throw new ChatferryError('MEDIA_UNAVAILABLE', `Nothing of message ${message.id}.`);
        writeFileSync(path, text);
        onBytes?.(text.length);
        await Promise.resolve();
        return { sizeBytes: text.length, sha256: createHash('sha256').update(text).digest('hex') };
      },
      close: () => Promise.resolve(),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }

  /** Adds messages of text. */
  say(...ids: readonly number[]): void {
    for (const id of ids) this.put(textMessage(id));
  }

  /** Adds a message with a photo. */
  show(id: number, text = `photo ${id}`): void {
    const media: Media = { ...PHOTO, remoteId: `photo:${id}`, sizeBytes: text.length };
    this.files.set(`photo:${id}`, text);
    this.put({ ...textMessage(id), media: [media] });
  }

  put(message: Message): void {
    this.messages = [...this.messages.filter(({ id }) => id !== message.id), message].sort((a, b) => a.id - b.id);
  }

  delete(...ids: readonly number[]): void {
    this.messages = this.messages.filter(({ id }) => !ids.includes(id));
  }

  async *#batches(wanted: (message: Message) => boolean, signal: AbortSignal): AsyncGenerator<Batch> {
    const messages = this.messages.filter(wanted);
    for (let start = 0; start < messages.length; start += BATCH_SIZE) {
      signal.throwIfAborted();
      yield await Promise.resolve({
        messages: messages.slice(start, start + BATCH_SIZE),
        senders: [{ id: `user${start + 1}`, name: `Sender ${start + 1}` }],
        ...(this.serverCount === undefined ? {} : { serverCount: this.serverCount }),
      });
    }
  }
}

let archive: Archive;
let world: World;
let events: RunEvent[];

beforeEach(async () => {
  archive = await Archive.open(temporaryDirectory());
  for (const account of [ANN, BOB]) archive.accounts.note(account, 1);
  [world, events] = [new World(), []];
});
afterEach(() => {
  archive[Symbol.dispose]();
});

interface Trip extends Partial<ExporterOptions> {
  readonly chat?: Partial<Chat>;
  readonly signal?: AbortSignal;
  readonly onArchived?: () => Promise<void>;
}

function run({
  chat = {},
  signal = new AbortController().signal,
  onArchived,
  ...more
}: Trip = {}): Promise<ChatExport> {
  const exporter = new Exporter({
    source: world.source(ANN),
    archive,
    processor: new ParallelMediaProcessor({ maxConcurrent: 4, memoryLimitMb: 1_000_000 }),
    mode: 'window',
    selection: {},
    deduplicates: true,
    hashTimeoutMs: 1000,
    reporter: { event: (event) => events.push(event) },
    openMediaFiles: (folder) => new MediaFiles({ directory: archive.directory, folder }),
    ...more,
  });
  return exporter.export({ ...CHAT, ...chat }, { signal, ...(onArchived === undefined ? {} : { onArchived }) });
}

function ids(): readonly number[] {
  return [...archive.messages(CHAT.id)].map(({ message }) => message.id);
}

function notes(): readonly string[] {
  return events.flatMap((event) => (event.type === 'note' ? [event.text] : []));
}

describe('an export of a chat', () => {
  it.each<ExportMode>(['window', 'batch', 'sequential'])(
    'takes all messages once and goes on where it was (%s)',
    async (mode) => {
      world.say(1, 2, 3, 5, 8);
      world.show(4);
      const first = await run({ mode });
      expect(first).toMatchObject({ newMessageCount: 6, messageCount: 6, missing: [] });
      expect(first.chat.folder).toBe('rust-gophers-channel42');
      expect([ids(), archive.chatAccounts.one(CHAT.id, ANN.id)]).toEqual([
        [1, 2, 3, 4, 5, 8],
        expect.objectContaining({ cursor: 8, firstMessageId: 1 }),
      ]);
      expect([archive.sender('user1')?.name, archive.sender('user4')?.name]).toEqual(['Sender 1', 'Sender 4']);
      world.say(9);
      const second = await run({ mode });
      expect(second).toMatchObject({ newMessageCount: 1, messageCount: 7 });
      expect(world.asked).toEqual([
        { after: -Infinity, upToId: undefined },
        { after: 8, upToId: undefined },
      ]);
      expect(world.downloadCount).toBe(1);
    },
  );

  it('reports how far it is, with media that are stored and those that are not', async () => {
    world.say(1);
    world.show(2);
    world.show(3);
    world.files.delete('photo:3');
    world.put({ ...textMessage(4), media: [{ ...PHOTO, remoteId: 'x', unavailableReason: 'It destroyed itself.' }] });
    world.put({ ...textMessage(5), media: [{ ...PHOTO, kind: 'video', remoteId: 'y' }] });
    const committed: number[] = [];
    await run({
      selection: { kinds: new Set(['photo']) },
      onCommit: (records) => committed.push(...records.map(({ message }) => message.id)),
      upToId: 77,
    });
    expect(committed).toEqual([1, 2, 3, 4, 5]);
    expect(world.asked[0]?.upToId).toBe(77);
    expect(events.at(-1)).toMatchObject({
      type: 'chat-finished',
      newMessageCount: 5,
      messagesDone: 5,
      mediaDone: 1,
      mediaFailed: 1,
      bytesDone: 'photo 2'.length,
    });
    await run();
    expect(events.at(-1)).toMatchObject({ messagesDone: 5, newMessageCount: 0 });
  });

  it('is told of when all is there, before what may take long', async () => {
    world.show(1);
    const seen: unknown[] = [];
    await run({
      onArchived: () => {
        seen.push(ids(), events.at(-1)?.type);
        return Promise.resolve();
      },
    });
    expect(seen).toEqual([[1], 'chat-started']);
  });

  it('refuses a chat that belongs to another account', async () => {
    await expect(run({ chat: { id: 'account7002/user5' } })).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(archive.chats()).toEqual([]);
  });

  it('stops with what stops it, and keeps what it has finished', async () => {
    world.say(1, 2, 3, 4);
    world.show(5);
    world.say(6, 7, 8, 9);
    const source = world.source(ANN);
    const failing: MessageSource = {
      ...source,
      download: () => Promise.reject(new ChatferryError('LOGIN_REQUIRED', 'Log in.')),
    };
    await expect(run({ source: failing })).rejects.toMatchObject({ code: 'LOGIN_REQUIRED' });
    expect([ids(), archive.chatAccounts.one(CHAT.id, ANN.id)?.cursor]).toEqual([[1, 2, 3, 4], 4]);
    await run();
    expect(ids()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('leaves nothing on the way, and no file that no row names', async () => {
    world.show(1);
    const { chat } = await run();
    const folder = join(archive.directory, chat.folder);
    expect(existsSync(join(folder, '.partial'))).toBe(false);
    archive.parts.place(chat.folder, 'photo:9', { path: 'media/photos/9.jpg', sizeBytes: 1, sha256: '0'.repeat(64) });
    writeFileSync(join(folder, 'media/photos/9.jpg'), '9');
    await run();
    expect(readdirSync(join(folder, 'media/photos'))).toHaveLength(1);
    expect(archive.parts.placements('photo:9')).toEqual([]);
  });
});

describe('media that are owed', () => {
  beforeEach(async () => {
    world.say(1);
    world.show(2);
    world.show(3);
    world.say(4);
    world.files.delete('photo:2');
    await run();
    world.asked.length = 0;
  });

  it('are asked for again before the history, and nothing else is', async () => {
    expect(archive.missingMedia(CHAT.id)).toMatchObject([{ messageId: 2 }]);
    world.files.set('photo:2', 'photo 2');
    expect(await run()).toMatchObject({ missing: [], newMessageCount: 0 });
    expect(world.asked).toEqual([{ ids: [2] }, { after: 4, upToId: undefined }]);
    world.asked.length = 0;
    await run();
    expect(world.asked).toEqual([{ after: 4, upToId: undefined }]);
  });

  it('are settled when their message is gone, and the others stay', async () => {
    world.delete(2);
    const { missing } = await run();
    expect(missing).toMatchObject([
      { messageId: 2, media: { unavailableReason: 'Nothing of message 2.' }, code: 'MEDIA_UNAVAILABLE' },
    ]);
    expect(ids()).toEqual([1, 2, 3, 4]);
    world.asked.length = 0;
    await run();
    expect(world.asked).toEqual([{ after: 4, upToId: undefined }]);
  });

  it('stay owed when their message cannot be read any more, and what was read of it stays', async () => {
    world.put({ ...textMessage(2), kind: 'undecoded', text: { text: '', entities: [] }, media: [] });
    const { missing } = await run();
    expect(missing).toMatchObject([{ messageId: 2, media: { remoteId: 'photo:2' } }]);
    expect(missing[0]?.media).not.toHaveProperty('unavailableReason');
    expect(archive.message(CHAT.id, 2)?.message.text.text).toBe('message 2');
  });

  it('may be hidden from one account and come from another', async () => {
    await run({ source: world.source(BOB, ({ id }) => id >= 4) });
    expect(archive.missingMedia(CHAT.id)[0]?.media).not.toHaveProperty('unavailableReason');
    world.files.set('photo:2', 'photo 2');
    await run({ source: world.source(BOB) });
    expect(archive.missingMedia(CHAT.id)).toEqual([]);
  });

  it('are fetched again where their files are lost, also in a run that finds them lost', async () => {
    const record = archive.message(CHAT.id, 3)?.media[0];
    const folder = join(archive.directory, archive.chat(CHAT.id)?.folder ?? '');
    const path = record?.state === 'stored' ? join(folder, record.file.path) : '';
    rmSync(path);
    const { storedFiles } = await run();
    expect(storedFiles).toMatchObject({ checkedCount: 1, lostCount: 1, restoredCount: 0, lostMessageIds: [3] });
    expect(readFileSync(path, 'utf8')).toBe('photo 3');
    expect(notes()).toEqual([
      'Rust & Gophers: files of the archive were deleted or truncated since the last run: 1 to be fetched again.',
    ]);
  });
});

describe('messages behind the cursor', () => {
  it('are looked for when the source counts more than the archive has, and once only', async () => {
    world.say(5, 6, 7);
    await run({ chat: { messageCount: 3 } });
    world.asked.length = 0;
    world.say(2, 4);
    const count = { chat: { messageCount: 5 } };
    expect(await run(count)).toMatchObject({ newMessageCount: 2, messageCount: 5 });
    expect(world.asked).toEqual([
      { after: 7, upToId: undefined },
      { after: -Infinity, upToId: undefined },
    ]);
    expect(notes()).toEqual([
      'Rust & Gophers: Telegram counts 2 messages more than the archive has seen; searching the whole history.',
      'Rust & Gophers: 2 messages were found and added.',
    ]);
    expect(archive.chatAccounts.one(CHAT.id, ANN.id)).toMatchObject({ firstMessageId: 2, cursor: 7 });
    world.asked.length = 0;
    await run(count);
    expect(world.asked.filter(({ after }) => after === -Infinity)).toEqual([]);
  });

  it('are not looked for again in vain', async () => {
    world.say(5);
    const count = { chat: { messageCount: 4 } };
    await run(count);
    expect(notes().at(-1)).toMatch(/0 messages were found and added; 3 are counted by Telegram but not returned/);
    await run(count);
    expect(notes()).toHaveLength(2);
  });

  it('are looked for where the beginning of the channel is an older one', async () => {
    world.say(5, 6, 7);
    await run();
    world.say(3);
    world.delete(6);
    expect(await run()).toMatchObject({ newMessageCount: 1 });
    expect(ids()).toEqual([3, 5, 6, 7]);
    expect(notes()[0]).toContain('Telegram shows older messages than before');
  });

  it('of an old group are taken from the account that brought them, and from no other', async () => {
    world.say(-9, -8, 1, 2);
    await run({ source: world.source(BOB) });
    expect(ids()).toEqual([-9, -8, 1, 2]);
    world.say(-7, 3);
    world.asked.length = 0;
    await run({ chat: { messageCount: 9 } });
    expect(ids()).toEqual([-9, -8, 1, 2, 3]);
    expect(world.asked.map(({ after }) => after)).toEqual([0, 0]);
    await run({ source: world.source(BOB), chat: { messageCount: 20, migratedMessageCount: 3 } });
    expect(ids()).toContain(-7);
  });

  it('that another account brought stay as they are, and what is missing of them is added', async () => {
    world.say(1);
    world.show(2);
    world.files.delete('photo:2');
    world.put({ ...textMessage(3), kind: 'unsupported' });
    await run({ source: world.source(BOB) });
    world.files.set('photo:2', 'photo 2');
    const { downloadCount } = world;
    world.say(3, 4);
    world.put({ ...textMessage(1), text: { text: 'edited', entities: [] } });
    const committed: number[] = [];
    await run({ onCommit: (records) => committed.push(...records.map(({ message }) => message.id)) });
    expect(archive.message(CHAT.id, 1)?.message.text.text).toBe('message 1');
    expect(archive.message(CHAT.id, 3)?.message.kind).toBe('message');
    expect(archive.missingMedia(CHAT.id)).toEqual([]);
    expect(committed.toSorted()).toEqual([2, 3, 4]);
    expect(world.downloadCount - downloadCount).toBe(1);
  });
});
