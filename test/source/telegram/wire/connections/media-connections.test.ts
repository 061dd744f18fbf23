import { Api } from 'telegram';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { FaultAnswer, FaultRequest } from '../../../../../src/simulator/server/network.js';
import type { InvokeOptions, TelegramClient } from '../../../../../src/source/telegram/wire/client.js';
import type { CallTrouble } from '../../../../../src/source/telegram/wire/connections/media-connections.js';
import { emptyWorld, neverAborted, SimulatedTelegram } from '../../simulated-telegram.js';
import { VirtualClock } from '../virtual-clock.js';

const signal = neverAborted();
const METHOD = 'help.getNearestDc';
const HOME = 2;
const FOREIGN = 4;

let telegram: SimulatedTelegram;
/** The connection that each call came over, in their order. */
let seen: number[];

beforeEach(async () => {
  telegram = await SimulatedTelegram.start(emptyWorld());
  seen = [];
  answer(() => undefined);
});

afterEach(() => telegram[Symbol.asyncDispose]());

/** Decides how the calls of one method are answered, by their number from 1. */
function answer(decide: (callCount: number, request: FaultRequest) => FaultAnswer | undefined): void {
  let callCount = 0;
  telegram.simulator.setNetwork({
    fault: (request) => {
      if (request.method !== METHOD) return undefined;
      seen.push(request.connectionId);
      callCount += 1;
      return decide(callCount, request);
    },
  });
}

function ask(client: TelegramClient, options: Partial<InvokeOptions> = {}): Promise<unknown> {
  return client.invoke(new Api.help.GetNearestDc(), { signal, lane: 'media', ...options });
}

/** Calls that are on their way together. */
function askAll(client: TelegramClient, count: number, options: Partial<InvokeOptions> = {}): Promise<unknown[]> {
  answer(() => ({ delayMs: 150 }));
  return Promise.all(Array.from({ length: count }, () => ask(client, options)));
}

describe('the connections for media', () => {
  it('have the given number, share the calls, and do not use the main one', async () => {
    const client = await telegram.openClient();
    const connections = client.connections(HOME);
    await askAll(client, 8);
    expect(new Set(seen).size).toBe(2);
    expect(seen.filter((id) => id === seen[0])).toHaveLength(4);
    expect(connections).toMatchObject({ count: 2, openCount: 2, lossCount: 0 });
    connections.resize(4);
    seen = [];
    await askAll(client, 8);
    expect(new Set(seen).size).toBe(4);
    const media = new Set(seen);
    await ask(client, { lane: 'main' });
    expect(media.has(seen.at(-1) ?? 0)).toBe(false);
  });

  it('send the introduction with the first request, without one of its own', async () => {
    const client = await telegram.openClient();
    const before = telegram.simulator.calls.get('help.getConfig');
    client.connections(HOME).resize(4);
    await askAll(client, 8);
    expect(new Set(seen).size).toBe(4);
    expect(telegram.simulator.calls.get('help.getConfig')).toBe(before);
  });

  it('are opened one after another as they are needed', async () => {
    const client = await telegram.openClient();
    client.connections(HOME).resize(8);
    for (let count = 0; count < 5; count += 1) await ask(client);
    expect(new Set(seen).size).toBe(1);
    expect(client.connections(HOME).openCount).toBe(1);
  });

  it('can be chosen by number', async () => {
    const client = await telegram.openClient();
    client.connections(HOME).resize(3);
    for (const connection of [0, 1, 2, 1, 0, 4]) await ask(client, { connection });
    const [zero, one, two, ...later] = seen;
    expect(new Set([zero, one, two]).size).toBe(3);
    expect(later).toEqual([one, zero, one]);
  });

  it('that are surplus finish their calls and are closed', async () => {
    const client = await telegram.openClient();
    const connections = client.connections(HOME);
    connections.resize(4);
    const answers = askAll(client, 8);
    await expect.poll(() => seen.length).toBe(8);
    connections.resize(1);
    expect(connections.openCount).toBe(1);
    await answers;
    await expect.poll(() => telegram.simulator.openConnectionCount).toBe(2);
  });

  it('are closed when idle, and opened again', async () => {
    const client = await telegram.openClient({ idleConnectionMs: 40 });
    await askAll(client, 4);
    await expect.poll(() => telegram.simulator.openConnectionCount).toBe(1);
    expect(client.connections(HOME)).toMatchObject({ openCount: 0, lossCount: 0 });
    await ask(client);
    expect(client.connections(HOME).openCount).toBe(1);
  });

  it('are replaced when they are lost, and their calls are told', async () => {
    const client = await telegram.openClient({ clock: new VirtualClock() });
    const troubles: CallTrouble[] = [];
    answer((callCount) => (callCount === 1 ? 'drop' : undefined));
    await ask(client, { connection: 1, onTrouble: (trouble) => void troubles.push(trouble) });
    expect(new Set(seen).size).toBe(2);
    expect(troubles).toEqual([{ kind: 'lost' }]);
    expect(client.connections(HOME)).toMatchObject({ openCount: 1, lossCount: 1 });
  });

  it('report flood waits, timeouts and server errors', async () => {
    const client = await telegram.openClient({ clock: new VirtualClock(), requestTimeoutMs: 1500 });
    const troubles: CallTrouble[] = [];
    const answers: FaultAnswer[] = [
      { error: 'FLOOD_PREMIUM_WAIT_3', code: 420 },
      'silent',
      { error: 'INTERNAL', code: 500 },
    ];
    answer((callCount) => answers[callCount - 1]);
    await ask(client, { onTrouble: (trouble) => void troubles.push(trouble) });
    expect(troubles).toEqual([{ kind: 'flood-wait', waitMs: 3000 }, { kind: 'timeout' }, { kind: 'server' }]);
  });

  it.each([0, 17, 1.5, Number.NaN])('cannot be %d', async (count) => {
    const client = await telegram.openClient();
    expect(() => {
      client.connections(HOME).resize(count);
    }).toThrow(String(count));
  });

  it('are all closed with the client', async () => {
    const client = await telegram.openClient();
    client.connections(HOME).resize(4);
    client.connections(FOREIGN).resize(4);
    await Promise.all([askAll(client, 4), askAll(client, 4, { dcId: FOREIGN })]);
    expect(telegram.simulator.openConnectionCount).toBe(9);
    const last = expect(ask(client)).rejects.toMatchObject({ code: 'INTERRUPTED' });
    await client.close();
    await last;
    await expect.poll(() => telegram.simulator.openConnectionCount).toBe(0);
  });
});

describe('a foreign data centre', () => {
  const exports = (): number => telegram.simulator.calls.get('auth.exportAuthorization') ?? 0;

  it('is authorised once for all connections to it', async () => {
    const client = await telegram.openClient();
    client.connections(FOREIGN).resize(4);
    await askAll(client, 12, { dcId: FOREIGN });
    expect(new Set(seen).size).toBe(4);
    await ask(client, { dcId: FOREIGN, lane: 'main' });
    expect(exports()).toBe(1);
    expect(telegram.simulator.calls.get('auth.importAuthorization')).toBe(1);
  });

  it('that forgot the account is authorised once more, not once for each call', async () => {
    const client = await telegram.openClient();
    client.connections(FOREIGN).resize(4);
    await askAll(client, 8, { dcId: FOREIGN });
    answer(() => (exports() < 2 ? { error: 'AUTH_KEY_UNREGISTERED', code: 401 } : undefined));
    await Promise.all(Array.from({ length: 8 }, () => ask(client, { dcId: FOREIGN })));
    expect(exports()).toBe(2);
  });
});
