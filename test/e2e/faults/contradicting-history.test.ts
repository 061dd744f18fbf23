import { describe, expect, it } from 'vitest';

import type { Fault, FaultRequest } from '../../../src/simulator/server/network.js';
import type { TlObject } from '../../../src/simulator/tl/tl-object.js';
import { addGroup, emptyWorld } from '../../source/telegram/simulated-telegram.js';
import { SimulatedExport } from '../simulated-export.js';

/** A page of messages that say nothing but their ids. */
function page(ids: readonly number[], count?: number): TlObject {
  const messages = ids.map((id) => ({ _: 'messageEmpty', id }));
  const lists = { messages, chats: [], users: [] };
  return count === undefined ? { _: 'messages.messages', ...lists } : { _: 'messages.messagesSlice', count, ...lists };
}

function pages(answer: (request: FaultRequest) => TlObject): Fault {
  return (request) =>
    request.method === 'messages.getHistory' && Number(request.params['limit']) > 1
      ? { answer: answer(request) }
      : undefined;
}

function first(answer: TlObject): Fault {
  return ({ method, params }) =>
    method === 'messages.getHistory' && Number(params['limit']) === 1 ? { answer } : undefined;
}

/** The messages above the id that was asked for, newest first, for ever. */
function endless({ params }: FaultRequest): readonly number[] {
  return Array.from({ length: 100 }, (_, index) => Number(params['offset_id']) + 99 - index);
}

describe('a history that cannot be', () => {
  it.each<readonly [string, Fault, RegExp]>([
    ['goes on for ever without a count', pages((asked) => page(endless(asked))), /returned 10[0-9]{3} messages/],
    ['goes on for ever beyond its count', pages((asked) => page(endless(asked), 3)), /counts only 3/],
    ['goes back', pages(() => page([9, -1, 8, -3])), /message -1 comes after message 9/],
    ['repeats a message', pages(() => page([9, 8, 8, 7])), /message 8 comes after message 8/],
    ['runs upwards', pages(() => page([1, 2, 3])), /message 2 comes after message 1/],
    ['counts fewer than none', first(page([], -5)), /counts -5 messages/],
    ['counts billions and shows none', first(page([], 2 ** 31 - 1)), /counts 2147483647 messages/],
    ['counts none and shows one', first(page([5], 0)), /counts 0 messages/],
    [
      'brings more than was asked for',
      pages(() => page(endless({ params: { offset_id: 1 } } as never).concat(0))),
      /101 messages where 100/,
    ],
  ])('that %s ends the export with exit code 7 and the reason', async (_, fault, reason) => {
    const world = emptyWorld();
    addGroup(world, 3);
    await using simulated = await SimulatedExport.start(world, '@harbour_crew');
    const { exitCode, error } = await simulated.run({ network: { fault } });
    expect((error as Error | undefined)?.message).toMatch(reason);
    expect(exitCode).toBe(7);
  });
});
