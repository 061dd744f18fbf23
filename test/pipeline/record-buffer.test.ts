import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { Archive } from '../../src/archive/archive.js';
import { RecordBuffer, type RecordBufferOptions } from '../../src/pipeline/record-buffer.js';
import { ACCOUNT, CHAT, recordOf, textMessage } from '../archive/sample-message.js';
import { temporaryDirectory } from '../archive/temporary-directory.js';

let archive: Archive;
let commits: (readonly [idsOfRecords: readonly number[], newMessageCount: number])[];

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  archive = await Archive.open(temporaryDirectory());
  archive.placeChat(CHAT);
  commits = [];
});
afterEach(() => {
  archive[Symbol.dispose]();
  vi.useRealTimers();
});

function openBuffer(more: Partial<RecordBufferOptions> = {}): RecordBuffer {
  return new RecordBuffer({
    archive,
    chatId: CHAT.id,
    onCommit: (records, newMessageCount) => {
      commits.push([records.map(({ message }) => message.id), newMessageCount]);
    },
    ...more,
  });
}

function walked(id: number): { readonly id: number; readonly record: ReturnType<typeof recordOf> } {
  return { id, record: recordOf(textMessage(id)) };
}

it('a hundred records are written at once', () => {
  using buffer = openBuffer();
  for (let id = 1; id <= 99; id += 1) buffer.add(walked(id));
  expect(commits).toEqual([]);
  buffer.add(walked(100));
  expect(commits.map(([ids, count]) => [ids.length, count])).toEqual([[100, 100]]);
  expect(archive.messageCount(CHAT.id)).toBe(100);
  expect(vi.getTimerCount()).toBe(0);
  for (let id = 101; id <= 199; id += 1) buffer.add(walked(id));
  expect(commits).toHaveLength(1);
  buffer.flush();
  expect(commits[1]?.[0]).toEqual(Array.from({ length: 99 }, (_, index) => index + 101));
});

it('fewer are written a quarter of a second after the first of them', () => {
  using buffer = openBuffer();
  buffer.add(walked(1));
  vi.advanceTimersByTime(249);
  buffer.add(walked(2));
  expect(commits).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(commits).toEqual([[[1, 2], 2]]);
  vi.advanceTimersByTime(1000);
  buffer.add(walked(3));
  vi.advanceTimersByTime(250);
  expect(commits).toEqual([
    [[1, 2], 2],
    [[3], 1],
  ]);
});

it('what is written by hand is not written again, and a message that was there is not new', () => {
  using buffer = openBuffer();
  buffer.add(walked(1));
  buffer.flush();
  buffer.flush();
  expect(vi.getTimerCount()).toBe(0);
  buffer.add(walked(1));
  buffer.add({ id: 2 });
  buffer.flush();
  expect(commits).toEqual([
    [[1], 1],
    [[1], 0],
  ]);
});

it('the cursor follows where it is to be moved, also past messages that the archive had', () => {
  const cursor = (): unknown => archive.chatAccounts.one(CHAT.id, ACCOUNT);
  {
    using buffer = openBuffer();
    buffer.add(walked(3));
    buffer.flush();
    expect(cursor()).toBeUndefined();
  }
  using buffer = openBuffer({ movesCursorOf: ACCOUNT });
  buffer.add({ id: 3 });
  buffer.add(walked(4));
  buffer.add({ id: 7 });
  buffer.flush();
  expect(cursor()).toMatchObject({ firstMessageId: 3, cursor: 7 });
});

it('senders are there before the messages that name them, and are written once', () => {
  using buffer = openBuffer();
  buffer.addSenders([
    { id: 'user1', name: 'Ann' },
    { id: 'user2', name: 'Bob' },
  ]);
  buffer.addSenders([{ id: 'user1', name: 'Anna' }]);
  buffer.flush();
  expect(archive.sender('user1')).toBeUndefined(); // Nothing names them yet.
  buffer.add(walked(1));
  buffer.flush();
  expect([archive.sender('user1')?.name, archive.sender('user2')?.name]).toEqual(['Anna', 'Bob']);
  archive.commit({ chatId: CHAT.id, records: [], senders: [{ id: 'user1', name: 'Newer' }] });
  buffer.add(walked(2));
  buffer.flush();
  expect(archive.sender('user1')?.name).toBe('Newer');
});

it('a disposed buffer writes nothing any more', () => {
  {
    using buffer = openBuffer();
    buffer.add(walked(1));
  }
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(1000);
  expect(commits).toEqual([]);
});

it('an error of a commit in the background is thrown by whatever is called next', () => {
  const unplaced = 'channel99';
  using buffer = openBuffer({ chatId: unplaced });
  buffer.add({ id: 1, record: recordOf({ ...textMessage(1), chatId: unplaced }) });
  vi.advanceTimersByTime(250);
  expect(() => {
    buffer.flush();
  }).toThrow(unplaced);
  expect(() => {
    buffer.add({ id: 2 });
  }).toThrow(unplaced);
  expect(commits).toEqual([]);
});
