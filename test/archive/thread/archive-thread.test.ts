import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Archive } from '../../../src/archive/archive.js';
import { ArchiveThread, openArchiveInThread } from '../../../src/archive/thread/archive-thread.js';
import { startThread } from '../../../src/archive/thread/start-thread.js';
import { isChatferryError } from '../../../src/errors/chatferry-error.js';
import { archiveWithEverything, execute, SHA256 } from '../checks/hostile-archive.js';
import { startProgram } from '../child-program.js';
import { CHAT, textRecords } from '../sample-message.js';
import { temporaryDirectory } from '../temporary-directory.js';

/** Words that all messages of the large archive have. It takes SQLite a while to find all messages with all of them. */
const SLOW_QUERY = Array.from({ length: 30 }, (_, index) => `word${index % 10}`).join(' ');
const TEXT = Array.from({ length: 10 }, (_, index) => `word${index}`).join(' ');
const MANY = 10_000;

/** An archive with a row of each kind, and so many messages that a search takes long. */
let large: string;
beforeAll(async () => {
  large = await mkdtemp(join(tmpdir(), 'chatferry-thread-'));
  await archiveWithEverything(large);
  using archive = await Archive.open(large);
  const records = textRecords(5, MANY).map(({ message, media }) => ({
    message: { ...message, text: { text: `${TEXT} ${message.id}`, entities: [] } },
    media,
  }));
  archive.commit({ chatId: CHAT.id, records, senders: [] });
});

afterAll(() => rm(large, { recursive: true }));

async function collected<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** How a promise ends, without waiting for it. */
function endOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'resolved',
    (error: unknown) => (isChatferryError(error) ? error.code : error),
  );
}

describe('an archive in a thread', () => {
  let thread: ArchiveThread;
  let archive: Archive;
  beforeAll(async () => {
    thread = await openArchiveInThread(large);
    archive = await Archive.open(large, { readOnly: true });
  });
  afterAll(async () => {
    archive.close();
    await thread.close();
  });

  it('reads what the synchronous reader reads', async () => {
    expect(thread.directory).toBe(archive.directory);
    expect(thread.folderMode).toBe(archive.folderMode);
    expect(await thread.chats()).toEqual(archive.chats());
    expect(await thread.chat(CHAT.id)).toEqual(archive.chat(CHAT.id));
    expect(await thread.chat('channel9')).toBeUndefined();
    expect(await thread.message(CHAT.id, 4)).toEqual(archive.message(CHAT.id, 4));
    expect(await thread.messageCount(CHAT.id)).toBe(MANY);
    expect(await thread.missingMedia(CHAT.id)).toEqual(archive.missingMedia(CHAT.id));
    expect(await thread.sender('user5')).toEqual({ id: 'user5', name: 'Ann' });
    expect(await thread.descriptions.one(CHAT.id, SHA256)).toEqual(archive.descriptions.one(CHAT.id, SHA256));
    expect(await collected(thread.files())).toEqual([...archive.files()]);
    const derivatives = { chatId: CHAT.id, referrers: ['derivative'] } as const;
    expect(await collected(thread.files(derivatives))).toEqual([...archive.files(derivatives)]);
    for (const options of [{}, { limit: 0 }, { after: 3, limit: 1 }, { after: MANY - 401 }]) {
      expect(await collected(thread.messages(CHAT.id, options))).toEqual([...archive.messages(CHAT.id, options)]);
    }
  });

  it.each(['message', 'mess 3', '"word1 word2" 77', '9999', 'nothing of that'])(
    'finds what it finds: %s',
    async (query) => {
      expect(await thread.search(query)).toEqual(archive.search(query));
      expect(await thread.search(query, { chatId: CHAT.id, limit: 3 })).toEqual(archive.search(query, { limit: 3 }));
      expect(await thread.search(query, { chatId: 'channel9' })).toEqual([]);
    },
  );

  it('leaves the event loop free during a long search, which the synchronous reader does not', async () => {
    const turnsDuring = async (search: () => unknown): Promise<number> => {
      const state = { isOver: false };
      const searching = turnOfTheLoop()
        .then(search)
        .finally(() => (state.isOver = true));
      let turns = 0;
      for (; !state.isOver; turns += 1) await turnOfTheLoop();
      await searching;
      return turns;
    };

    expect(await turnsDuring(() => archive.search(SLOW_QUERY))).toBeLessThan(5);
    expect(await turnsDuring(() => thread.search(SLOW_QUERY))).toBeGreaterThan(100);
  });

  it('gives other reads their turn between two pages of a walk', async () => {
    const walk = thread.messages(CHAT.id);
    let count = 0;
    for await (const { message } of walk) {
      count += 1;
      if (message.id === 150) expect(await thread.messageCount(CHAT.id)).toBe(MANY);
    }
    expect(count).toBe(MANY);
  });

  it('ends a walk that is left', async () => {
    const walk = thread.messages(CHAT.id);
    for await (const { message } of walk) if (message.id === 3) break;
    expect(await walk.next()).toEqual({ done: true, value: undefined });
    expect(await thread.messageCount(CHAT.id)).toBe(MANY);
  });

  it('refuses a limit that is none, as the synchronous reader does', async () => {
    const refusal = { code: 'USAGE', message: 'limit must be an integer of 0 or more, got -1.' };
    await expect(thread.search('word', { limit: -1 })).rejects.toMatchObject(refusal);
    await expect(thread.messages(CHAT.id, { limit: -1 }).next()).rejects.toMatchObject(refusal);
    expect(await thread.messageCount(CHAT.id)).toBe(MANY);
  });
});

describe('a read whose signal aborts', () => {
  it('rejects with the reason at once, whether it waits or is under way; others are done', async () => {
    await using thread = await openArchiveInThread(large);
    const order: string[] = [];
    const noted = async (name: string, read: Promise<unknown>): Promise<void> => {
      order.push(`${name} ${String(await endOf(read))}`);
    };
    const [first, second] = [new AbortController(), new AbortController()];
    const reads = [
      noted('under way', thread.search(SLOW_QUERY, { signal: first.signal })),
      noted('waiting', thread.search(SLOW_QUERY, { signal: second.signal })),
      noted('last', thread.messageCount(CHAT.id)),
    ];
    await turnOfTheLoop();
    second.abort('not needed');
    first.abort('nor this');
    await Promise.all(reads);

    expect(order).toEqual(['waiting not needed', 'under way nor this', 'last resolved']);
    const late = thread.chats({ signal: AbortSignal.abort('too late') });
    expect(await endOf(late)).toBe('too late');
  });

  it('ends a walk before its next item', async () => {
    await using thread = await openArchiveInThread(large);
    const stop = new AbortController();
    const seen: number[] = [];
    const walk = async (): Promise<void> => {
      for await (const { message } of thread.messages(CHAT.id, { signal: stop.signal })) {
        if (seen.push(message.id) === 250) stop.abort('enough');
      }
    };
    expect(await endOf(walk())).toBe('enough');
    expect(seen).toHaveLength(250);
    expect(await thread.messageCount(CHAT.id)).toBe(MANY);
  });

  it('also while the archive is opened', async () => {
    const stop = new AbortController();
    const opening = endOf(openArchiveInThread(large, { signal: stop.signal }));
    stop.abort('not now');
    expect(await opening).toBe('not now');
    expect(await endOf(openArchiveInThread(large, { signal: stop.signal }))).toBe('not now');
  });
});

describe('errors in a thread', () => {
  it('arrive with their code and message when there is no archive, or none that can be read', async () => {
    const directory = temporaryDirectory();
    const refusal = await Archive.open(directory, { readOnly: true }).then(
      () => undefined,
      (reason: unknown) => reason as Error,
    );
    const error = await openArchiveInThread(directory).catch((reason: unknown) => reason);
    expect(isChatferryError(error, 'USAGE')).toBe(true);
    expect(error).toMatchObject({ message: refusal?.message, retryable: false });

    const path = await archiveWithEverything(directory);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0xa5, 0, 4096));
    await expect(openArchiveInThread(directory)).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
  });

  it('come where the synchronous reader has them: behind the messages before', async () => {
    const directory = temporaryDirectory();
    const path = await archiveWithEverything(directory);
    execute(path, "UPDATE messages SET kind = 'zzz' WHERE id = 3");
    await using thread = await openArchiveInThread(directory);
    const seen: number[] = [];
    const walk = async (): Promise<void> => {
      for await (const { message } of thread.messages(CHAT.id)) seen.push(message.id);
    };

    await expect(walk()).rejects.toMatchObject({
      code: 'ARCHIVE_DAMAGED',
      message: expect.stringContaining('messages.kind is not a known value') as string,
    });
    expect(seen).toEqual([1, 2]);
    await expect(thread.message(CHAT.id, 3)).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
    expect(await thread.messageCount(CHAT.id)).toBe(4);
  });
});

describe('the end of a thread', () => {
  it('rejects what is open and what comes when it dies', async () => {
    const started = startThread();
    const thread = await ArchiveThread.over(started, large);
    const walk = thread.messages(CHAT.id);
    await walk.next();
    started.worker.postMessage(null); // It cannot read the type of that, and nobody catches the error.
    const open = [thread.search(SLOW_QUERY), thread.search('word1'), thread.chats()].map(endOf);

    expect(await Promise.all(open)).toEqual(['INTERNAL', 'INTERNAL', 'INTERNAL']);
    await expect(thread.chats()).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringMatching(/^The thread that reads the archive has ended: .+ Open it again\.$/) as string,
    });
    await expect(collected(walk)).rejects.toMatchObject({ code: 'INTERNAL' });
    await thread.close();
  });

  it('comes with close, which rejects what is open, and leaves nothing that holds the archive', async () => {
    const directory = temporaryDirectory();
    await archiveWithEverything(directory);
    const thread = await openArchiveInThread(directory);
    const writer = await Archive.open(directory);
    const open = [thread.search('message'), thread.chats()].map(endOf);
    await Promise.all([thread.close(), thread.close()]);

    expect(await Promise.all(open)).toEqual(['INTERRUPTED', 'INTERRUPTED']);
    expect(await endOf(thread.chats())).toBe('INTERRUPTED');
    writer.close();
    expect(readdirSync(directory).filter((name) => name.startsWith('archive.'))).toEqual([
      'archive.db',
      'archive.lock',
    ]);
  });

  it('is not waited for by a process that has nothing else to do, but answers are', async () => {
    const child = startProgram('thread-user', large, 'word1');
    expect(await child.nextLine()).toBe('50 messages');
    expect(await child.exit).toEqual([0, null]);
  });

  it.each(['0.1', '0.25'])('comes behind the statement that it has begun when the process exits: %s', async (part) => {
    const child = startProgram('thread-user', large, 'word1', part);
    expect(await child.exit).toEqual([7, null]);
  });
});
