import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { Archive } from '../../../src/archive/archive.js';
import type { Batch } from '../../../src/chat/batch.js';
import type { Chat } from '../../../src/chat/chat.js';
import { lowestIdOf, searchText, shortfall, withoutKnown } from '../../../src/pipeline/completeness/completeness.js';
import { CountComparison } from '../../../src/pipeline/completeness/count-comparison.js';
import { chatSeenBy } from '../../../src/pipeline/completeness/seen-chat.js';
import { ACCOUNT, CHAT, recordOf, textMessage } from '../../archive/sample-message.js';
import { temporaryDirectory } from '../../archive/temporary-directory.js';

let archive: Archive;

beforeEach(async () => {
  archive = await Archive.open(temporaryDirectory());
  archive.placeChat(CHAT);
});
afterEach(() => {
  archive[Symbol.dispose]();
});

function put(ids: readonly number[]): void {
  archive.commit({ chatId: CHAT.id, records: ids.map((id) => recordOf(textMessage(id))), senders: [] });
}

/** @param migratedAccount - Who has brought the messages of the old group. */
function comparisonOf(chat: Partial<Chat>, migratedAccount = ACCOUNT): CountComparison {
  const stored = { chat: CHAT, folder: 'chat', migratedAccount };
  const seen = chatSeenBy(ACCOUNT, stored, archive.chatAccounts.of(CHAT.id));
  return new CountComparison({ archive, account: ACCOUNT, chat: { ...CHAT, ...chat }, seen });
}

async function* batches(...all: readonly (readonly [ids: readonly number[], serverCount?: number])[]) {
  for (const [ids, serverCount] of all) {
    const batch: Batch = {
      messages: ids.map((id) => textMessage(id)),
      senders: [],
      ...(serverCount === undefined ? {} : { serverCount }),
    };
    yield await Promise.resolve(batch);
  }
}

async function idsOf(history: AsyncIterable<Batch>): Promise<readonly number[]> {
  const ids: number[] = [];
  for await (const { messages } of history) ids.push(...messages.map(({ id }) => id));
  return ids;
}

describe('the number of messages that a source counts', () => {
  it('is held against that of the archive, and what was looked for in vain is accounted for', () => {
    put([1, 2, 3]);
    expect(comparisonOf({ messageCount: 5 }).missingCount()).toBe(2);
    comparisonOf({ messageCount: 5 }).settle();
    expect(comparisonOf({ messageCount: 5 }).missingCount()).toBe(0);
    expect(comparisonOf({ messageCount: 6 }).missingCount()).toBe(1);
    const { counts } = archive.chatAccounts.one(CHAT.id, ACCOUNT) ?? {};
    expect(counts).toMatchObject({ serverCount: 5, archiveCount: 3 });
    expect(Math.abs(Date.now() - (counts?.checkedAtMs ?? 0))).toBeLessThan(60_000);
  });

  it('tells nothing, and is not remembered, where the source does not say', () => {
    put([1]);
    const comparison = comparisonOf({});
    expect(comparison.missingCount()).toBe(0);
    comparison.settle();
    expect(archive.chatAccounts.one(CHAT.id, ACCOUNT)).toBeUndefined();
  });

  it('is the one of the newest batch that has one', async () => {
    put([1]);
    const comparison = comparisonOf({ messageCount: 9 });
    const passed = await idsOf(comparison.watched(batches([[1], 4], [[2, 3], 6], [[5]])));
    expect(passed).toEqual([1, 2, 3, 5]);
    expect(comparison.missingCount()).toBe(5);
    const silent = comparisonOf({ messageCount: 9 });
    await idsOf(silent.watched(batches([[1]])));
    expect(silent.missingCount()).toBe(8);
  });

  it('includes the messages of an old group for the account that brought them, and for no other', () => {
    put([-30, -20, 1, 2]);
    const chat = { messageCount: 10, migratedMessageCount: 3 };
    expect(comparisonOf(chat).missingCount()).toBe(10 - 4);
    expect(comparisonOf(chat, 'another').missingCount()).toBe(7 - 2);
    expect(comparisonOf({ messageCount: 10 }).missingCount()).toBe(6);
  });
});

describe('a history on its way', () => {
  it('tells the lowest id of each batch, and passes all on', async () => {
    const lowest: number[] = [];
    const note = (id: number): void => void lowest.push(id);
    expect(await idsOf(lowestIdOf(batches([[4, 5]], [[]], [[9]]), note))).toEqual([4, 5, 9]);
    expect(lowest).toEqual([4, 9]);
  });

  it('asks for known ids by the first and the last of each batch, and not for an empty one', async () => {
    const asked: (readonly [number, number])[] = [];
    const between = (first: number, last: number): ReadonlySet<number> => {
      asked.push([first, last]);
      return new Set([5]);
    };
    expect(await idsOf(withoutKnown(batches([[4, 5, 7]], [[]], [[5]], [[9]]), between))).toEqual([4, 7, 9]);
    expect(asked).toEqual([
      [4, 7],
      [5, 5],
      [9, 9],
    ]);
  });
});

it('what is looked for is told by number', () => {
  expect(searchText(0)).toContain('Telegram shows older messages than before');
  expect(searchText(1)).toContain('Telegram counts 1 message more');
  expect(searchText(2)).toContain('Telegram counts 2 messages more');
  expect(shortfall({ serverCount: 5, archiveCount: 3 }, { serverCount: 4, archiveCount: 3 })).toBe(1);
});
