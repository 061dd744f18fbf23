import { afterEach, beforeEach, expect, it } from 'vitest';

import { Archive } from '../../../src/archive/archive.js';
import type { Account } from '../../../src/chat/account.js';
import type { Batch } from '../../../src/chat/batch.js';
import { beginsEarlier } from '../../../src/pipeline/completeness/earlier-beginning.js';
import { chatSeenBy } from '../../../src/pipeline/completeness/seen-chat.js';
import type { HistoryOptions, MessageSource } from '../../../src/source/message-source.js';
import { ACCOUNT, CHAT, chatNamed, recordOf, textMessage } from '../../archive/sample-message.js';
import { temporaryDirectory } from '../../archive/temporary-directory.js';

let archive: Archive;
let asked: HistoryOptions[];
let takenCount: number;

beforeEach(async () => {
  archive = await Archive.open(temporaryDirectory());
  archive.placeChat(CHAT);
  [asked, takenCount] = [[], 0];
});
afterEach(() => {
  archive[Symbol.dispose]();
});

/** Brings messages into the archive for an account, which was shown those from `firstMessageId` on. */
function walked(ids: readonly number[], account = ACCOUNT, firstMessageId = ids[0] ?? 0): void {
  const reached = { account, firstMessageId, cursor: ids.at(-1) ?? 0 };
  archive.commit({ chatId: CHAT.id, records: ids.map((id) => recordOf(textMessage(id))), senders: [], reached });
}

function sourceOf(batches: readonly (readonly number[])[], account: Partial<Account> = {}): MessageSource {
  return {
    account: { id: ACCOUNT, name: 'Ann', isBot: false, ...account },
    async *history(_, options): AsyncGenerator<Batch> {
      asked.push(options);
      for (const ids of batches) {
        takenCount += 1;
        yield await Promise.resolve({ messages: ids.map((id) => textMessage(id)), senders: [] });
      }
    },
    messages: () => unused(),
    download: () => unused(),
    close: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function unused(): never {
  throw new Error('the question takes the first page alone');
}

function ask(source: MessageSource, chat = CHAT): Promise<boolean> {
  const seen = chatSeenBy(source.account.id, { chat, folder: 'chat' }, archive.chatAccounts.of(CHAT.id));
  return beginsEarlier({ archive, source, chat, seen, signal: new AbortController().signal });
}

it.each<[string, readonly number[], readonly (readonly number[])[], boolean]>([
  ['the same first messages', [10, 11, 12], [[10, 11], [12]], false],
  ['fewer, since some were deleted', [10, 11, 12], [[11, 12]], false],
  ['an older one', [10, 11, 12], [[9, 10, 11]], true],
  ['one among them that is not in the archive', [10, 12], [[10, 11, 12]], true],
  ['nothing at all', [10], [], false],
  ['nothing on a page, and then an older one', [10], [[], [9, 10]], true],
])('a channel that shows %s begins earlier or not', async (_, known, pages, expected) => {
  walked(known);
  expect(await ask(sourceOf(pages))).toBe(expected);
  expect(asked).toMatchObject([{ after: 0 }]);
  expect(takenCount).toBeLessThanOrEqual(pages.findIndex(({ length }) => length > 0) + 1);
});

it('nothing is asked for of a channel that was not walked through, or whose first message was seen', async () => {
  const source = sourceOf([[1]]);
  expect(await ask(source)).toBe(false);
  walked([0]);
  expect(await ask(source)).toBe(false);
  walked([1, 5]);
  expect(await ask(source)).toBe(false);
  expect(asked).toEqual([]);
});

it('nothing is asked for with a bot, or of a chat with the ids of a mailbox', async () => {
  walked([10]);
  expect(await ask(sourceOf([[9]], { isBot: true }))).toBe(false);
  expect(await ask(sourceOf([[9]]), chatNamed('account7001/user42'))).toBe(false);
  expect(asked).toEqual([]);
  expect(await ask(sourceOf([[9]]))).toBe(true);
});

it('of an account of which nobody knows what it was shown first, only messages that are not there count', async () => {
  walked([-8, 10, 11], ACCOUNT);
  expect(await ask(sourceOf([[10, 11]]))).toBe(false);
  expect(await ask(sourceOf([[9, 10]]))).toBe(true);
});

it('the first message of a channel is the beginning of the account that is alone, and not of one among others', async () => {
  walked([-8, 1, 10], ACCOUNT);
  expect(await ask(sourceOf([[1, 2]]))).toBe(false);
  expect(asked).toEqual([]);
  walked([10], 'another');
  expect(await ask(sourceOf([[1, 2]]))).toBe(true);
  expect(asked).toHaveLength(1);
});
