import { describe, expect, onTestFinished, test } from 'vitest';
import type { NetworkOptions } from '../../src/simulator/server/network.js';
import { startSimulator, type Simulator } from '../../src/simulator/server/server.js';
import type { TlObject } from '../../src/simulator/tl/tl-object.js';
import { RawClient } from './raw-client.js';
import { createTinyWorld } from './tiny-world.js';

const CONFIG = { _: 'help.getConfig' } as const;
const STATE = { _: 'updates.getState' } as const;

async function started(
  network: NetworkOptions = {},
): Promise<{ simulator: Simulator; client: RawClient; session: string }> {
  const tiny = createTinyWorld();
  const simulator = await startSimulator({ world: tiny.world, network });
  onTestFinished(() => simulator.close());
  const session = simulator.sessionFor(tiny.account.userId);
  return { simulator, client: await greetedClient(simulator, session), session };
}

async function greetedClient(simulator: Simulator, session: string): Promise<RawClient> {
  const client = await RawClient.open(simulator, session);
  onTestFinished(() => {
    client[Symbol.dispose]();
  });
  await client.greet();
  return client;
}

function call(client: RawClient, request: TlObject): Promise<TlObject> {
  return client.answerTo(client.say(request));
}

describe('a fault', () => {
  test.each([
    ['FLOOD_WAIT_7', 420],
    ['FLOOD_PREMIUM_WAIT_2', 420],
    ['TAKEOUT_INIT_DELAY_90', 420],
    ['FILE_MIGRATE_4', 303],
    ['PHONE_MIGRATE_2', 303],
    ['AUTH_KEY_UNREGISTERED', 401],
    ['SESSION_REVOKED', 401],
    ['CHAT_FORBIDDEN', 403],
    ['CHANNEL_PRIVATE', 406],
    ['TIMEOUT', -503],
    ['INTERNAL', 500],
    ['SOMETHING_NEW', 400],
  ])('answers %s with code %i', async (error, code) => {
    const { client } = await started({ fault: () => ({ error }) });
    expect(await call(client, CONFIG)).toEqual({ _: 'rpc_error', error_code: code, error_message: error });
  });

  test('receives the request, the data centre, the connection and the number of the call', async () => {
    const seen: unknown[] = [];
    const { client } = await started({
      fault: ({ method, params, dcId, callNumber, connectionId }) => {
        seen.push({ method, limit: params['limit'], dcId, callNumber, connectionId });
        return undefined;
      },
    });
    const dialogs = { _: 'messages.getDialogs', limit: 3, offset_peer: { _: 'inputPeerEmpty' } };
    await call(client, { _: 'invokeWithLayer', layer: 198, query: { _: 'invokeWithoutUpdates', query: dialogs } });
    await call(client, dialogs);
    const common = { method: 'messages.getDialogs', limit: 3, dcId: 2, connectionId: 1 };
    expect(seen).toEqual([
      { ...common, callNumber: 1 },
      { ...common, callNumber: 2 },
    ]);
  });

  test('closes the connection; the next one is served', async () => {
    const { simulator, client, session } = await started({
      fault: ({ callNumber }) => (callNumber === 1 ? 'drop' : undefined),
    });
    client.say(CONFIG);
    await client.closed();
    const again = await greetedClient(simulator, session);
    expect(await call(again, CONFIG)).toMatchObject({ _: 'config' });
  });

  test('leaves one request unanswered and answers the others', async () => {
    const { client } = await started({ fault: ({ method }) => (method === CONFIG._ ? 'silent' : undefined) });
    const ignored = client.say(CONFIG);
    const served = client.say(STATE);
    const first = await client.next(({ answers }) => answers !== undefined);
    expect(first.answers).toBe(served);
    expect(first.answers).not.toBe(ignored);
  });

  test('sends another answer, as an object or as raw bytes', async () => {
    const elsewhere = { _: 'nearestDc', country: 'XX', this_dc: 9, nearest_dc: 9 };
    const { client, simulator } = await started({ fault: () => ({ answer: elsewhere }) });
    expect(await call(client, { _: 'help.getNearestDc' })).toEqual(elsewhere);
    const bytes = client.encode({ _: 'pong', msg_id: 1n, ping_id: 2n });
    simulator.setNetwork({ fault: () => ({ answer: { _: '#raw', bytes } }) });
    expect(await call(client, { _: 'help.getNearestDc' })).toMatchObject({ _: 'pong' });
  });

  test('delays one request while others pass it', async () => {
    const { client } = await started({ fault: ({ method }) => (method === CONFIG._ ? { delayMs: 80 } : undefined) });
    const slow = client.say(CONFIG);
    const quick = client.say(STATE);
    const order = [await client.next(isAnswer), await client.next(isAnswer)];
    expect(order.map(({ answers }) => answers)).toEqual([quick, slow]);
  });
});

const isAnswer = ({ answers }: { readonly answers?: bigint }): boolean => answers !== undefined;

describe('the network', () => {
  test('delays each request, but all of them concurrently', async () => {
    const { client } = await started({ latencyMs: 120 });
    const start = performance.now();
    await Promise.all(Array.from({ length: 10 }, () => call(client, STATE)));
    const tookMs = performance.now() - start;
    expect(tookMs).toBeGreaterThanOrEqual(119);
    expect(tookMs).toBeLessThan(600);
  });

  test('limits the bandwidth of each connection separately', async () => {
    const { simulator, client, session } = await started({});
    const second = await greetedClient(simulator, session);
    const bandwidthBytesPerSecond = 20_000;
    const part = { _: 'upload.file', type: { _: 'storage.filePartial' }, mtime: 0, bytes: Buffer.alloc(10_000) };
    simulator.setNetwork({ bandwidthBytesPerSecond, fault: () => ({ answer: part }) });
    const start = performance.now();
    await Promise.all([call(client, { _: 'upload.getFile' }), call(second, { _: 'upload.getFile' })]);
    const tookMs = performance.now() - start;
    expect(tookMs).toBeGreaterThan(480);
    expect(tookMs).toBeLessThan(950);
  });

  test.each([{ latencyMs: -1 }, { latencyMs: Number.NaN }, { bandwidthBytesPerSecond: 0 }])(
    'refuses %o',
    async (network) => {
      const { simulator } = await started();
      expect(() => {
        simulator.setNetwork(network);
      }).toThrow(expect.objectContaining({ code: 'USAGE' }));
    },
  );
});
