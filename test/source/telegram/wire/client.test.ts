import { createServer, type Server } from 'node:net';
import { once } from 'node:events';

import { Api } from 'telegram';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Fault } from '../../../../src/simulator/server/network.js';
import { TelegramClient } from '../../../../src/source/telegram/wire/client.js';
import type { FloodWait } from '../../../../src/source/telegram/wire/flood-control.js';
import { openTelegramSource } from '../../../../src/source/telegram/telegram-source.js';
import { AUTOMATIC, PATIENCE } from '../patience.js';
import { emptyWorld, neverAborted, SimulatedTelegram, without } from '../simulated-telegram.js';
import { VirtualClock } from './virtual-clock.js';

const signal = neverAborted();
const METHOD = 'users.getUsers';

let telegram: SimulatedTelegram;

beforeEach(async () => {
  telegram = await SimulatedTelegram.start(emptyWorld());
});

afterEach(async () => {
  vi.useRealTimers();
  await telegram[Symbol.asyncDispose]();
});

async function ask(client: TelegramClient): Promise<string | undefined> {
  const [user] = await client.invoke(new Api.users.GetUsers({ id: [new Api.InputUserSelf()] }), { signal });
  return user instanceof Api.User ? user.firstName : undefined;
}

/** Applies a fault to the calls of one method, counted from now. */
function onCalls(fault: (callCount: number) => ReturnType<Fault>): () => number {
  let callCount = 0;
  telegram.simulator.setNetwork({
    fault: ({ method }) => {
      if (method !== METHOD) return undefined;
      callCount += 1;
      const answer = fault(callCount);
      if (answer === 'silent' && vi.isFakeTimers()) setImmediate(passRequestTimeout);
      return answer;
    },
  });
  return () => callCount;
}

/** Stops the time of timers. It passes only when the server leaves a call unanswered, however slow the machine is. */
function stopTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
}

function passRequestTimeout(): void {
  vi.advanceTimersByTime(PATIENCE.requestTimeoutMs);
}

describe('a request', () => {
  it.each<[string, ReturnType<Fault>]>([
    ['the connection is cut', 'drop'],
    ['nobody answers', 'silent'],
    ['the server times out', { error: 'TIMEOUT', code: -503 }],
    ['the server has trouble', { error: 'INTERNAL', code: 500 }],
    ['a call inside Telegram fails', { error: 'RPC_CALL_FAIL', code: 400 }],
  ])('is tried again when %s', async (_, answer) => {
    stopTimers();
    const client = await telegram.openClient({ clock: new VirtualClock() });
    const callCount = onCalls((count) => (count <= 2 ? answer : undefined));
    expect(await ask(client)).toBe('Ada');
    expect(callCount()).toBe(3);
  });

  it.each<[string, ReturnType<Fault>]>([
    ['UNREACHABLE', 'drop'],
    ['TIMEOUT', 'silent'],
    ['REMOTE_ERROR', { error: 'INTERNAL', code: 500 }],
  ])('fails with %s if the failure persists', async (code, answer) => {
    stopTimers();
    const clock = new VirtualClock();
    const client = await telegram.openClient({ clock, maxRetries: 3 });
    const callCount = onCalls(() => answer);
    await expect(ask(client)).rejects.toMatchObject({ code, retryable: true });
    expect(callCount()).toBe(4);
    expect(clock.waits).toEqual([250, 500, 1000]);
  });

  it.each([
    ['CHANNEL_PRIVATE', 400, 'NO_ACCESS'],
    ['CHAT_FORBIDDEN', 403, 'NO_ACCESS'],
    ['SOMETHING_FORBIDDEN', 403, 'NO_ACCESS'],
    ['BOT_METHOD_INVALID', 400, 'NO_ACCESS'],
    ['AUTH_KEY_UNREGISTERED', 401, 'LOGIN_REQUIRED'],
    ['SESSION_REVOKED', 401, 'LOGIN_REQUIRED'],
    ['AUTH_KEY_DUPLICATED', 406, 'LOGIN_REQUIRED'],
    ['USER_DEACTIVATED_BAN', 401, 'LOGIN_REQUIRED'],
    ['USERNAME_NOT_OCCUPIED', 400, 'CHAT_NOT_FOUND'],
    ['PEER_ID_INVALID', 400, 'CHAT_NOT_FOUND'],
    ['LOCATION_INVALID', 400, 'MEDIA_UNAVAILABLE'],
    ['FILE_REFERENCE_EXPIRED', 400, 'FILE_REFERENCE_EXPIRED'],
    ['FILE_REFERENCE_3_EXPIRED', 400, 'FILE_REFERENCE_EXPIRED'],
    ['MSG_ID_INVALID', 400, 'REMOTE_ERROR'],
    ['LIMIT_INVALID', 400, 'REMOTE_ERROR'],
    ['OFFSET_INVALID', 400, 'REMOTE_ERROR'],
    ['NEVER_HEARD_OF', 400, 'REMOTE_ERROR'],
  ])('refused with %s (%i) fails with %s, once, with the server’s text', async (error, number, code) => {
    const client = await telegram.openClient();
    const callCount = onCalls(() => ({ error, code: number }));
    await expect(ask(client)).rejects.toMatchObject({ code, message: expect.stringContaining(error) as string });
    expect(callCount()).toBe(1);
  });

  it('waits as long as Telegram demands, and reports it', async () => {
    const clock = new VirtualClock();
    const waits: FloodWait[] = [];
    const client = await telegram.openClient({ clock, onFloodWait: (wait) => void waits.push(wait) });
    onCalls((count) => (count === 1 ? { error: 'FLOOD_WAIT_30', code: 420 } : undefined));
    expect(await ask(client)).toBe('Ada');
    expect(clock.nowMs()).toBe(30_000);
    expect(waits).toEqual([{ method: METHOD, waitMs: 30_000 }]);
  });

  it.each(['FLOOD_WAIT_31', 'FLOOD_PREMIUM_WAIT_31', 'TAKEOUT_INIT_DELAY_86400'])(
    'does not wait for %s if that exceeds the limit',
    async (error) => {
      const client = await telegram.openClient({ clock: new VirtualClock(), maxFloodWaitMs: 30_000 });
      onCalls(() => ({ error, code: 420 }));
      await expect(ask(client)).rejects.toMatchObject({ code: 'FLOOD_WAIT' });
    },
  );

  it('gives up on a server that demands short pauses forever', async () => {
    const client = await telegram.openClient({ clock: new VirtualClock(), maxFloodWaitMs: 30_000 });
    const callCount = onCalls(() => ({ error: 'FLOOD_WAIT_1', code: 420 }));
    await expect(ask(client)).rejects.toMatchObject({ code: 'FLOOD_WAIT' });
    expect(callCount()).toBeLessThan(60);
  });

  it('is answered even if an error precedes its answer in the same container', async () => {
    const client = await telegram.openClient({ clock: new VirtualClock() });
    onCalls((count) => (count % 3 === 1 ? { error: 'USERNAME_NOT_OCCUPIED' } : undefined));
    const outcomes = await Promise.allSettled(Array.from({ length: 30 }, () => ask(client)));
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(10);
  });

  it('is rejected when the client closes', async () => {
    const client = await telegram.openClient();
    onCalls(() => 'silent');
    const answer = ask(client);
    await client.close();
    await expect(answer).rejects.toMatchObject({ code: 'INTERRUPTED' });
    await expect(ask(client)).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });

  it('uses a new connection after an outage', async () => {
    const client = await telegram.openClient();
    expect(await ask(client)).toBe('Ada');
    telegram.simulator.dropConnections();
    expect(await ask(client)).toBe('Ada');
  });
});

describe('opening', () => {
  it('fails if no server listens, and says what to check', async () => {
    const server = createServer();
    const port = await listen(server);
    server.close();
    await once(server, 'close');
    await expect(open([{ id: 2, host: '127.0.0.1', port }])).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('TELEGRAM_DC_ADDRESSES') as string,
    });
  });

  it('fails if the server is not a Telegram server', async () => {
    const server = createServer((socket) => socket.on('error', () => undefined).end('220 smtp.example.org ESMTP\r\n'));
    const port = await listen(server);
    await expect(open([{ id: 2, host: '127.0.0.1', port }])).rejects.toMatchObject({ code: 'UNREACHABLE' });
    server.close();
  });

  it('fails if the server does not answer', async () => {
    const server = createServer((socket) => socket.on('error', () => undefined).unref());
    const port = await listen(server);
    await expect(open([{ id: 2, host: '127.0.0.1', port }])).rejects.toMatchObject({ code: 'UNREACHABLE' });
    server.close();
  });

  it('ends with the reason of its signal', async () => {
    const server = createServer((socket) => socket.on('error', () => undefined));
    const port = await listen(server);
    const controller = new AbortController();
    server.once('connection', () => {
      controller.abort(new Error('enough'));
    });
    const opening = TelegramClient.open({
      ...telegram.clientOptions({ signal: controller.signal, dcAddresses: [{ id: 2, host: '127.0.0.1', port }] }),
    });
    await expect(opening).rejects.toThrow('enough');
    server.close();
  });

  it('requires a valid api_id', async () => {
    await expect(telegram.openClient({ apiId: Number.NaN })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('my.telegram.org') as string,
    });
  });

  it.each(['', 'garbage', '1AgAAA'])('refuses the session "%s" without repeating it', async (session) => {
    await expect(telegram.openClient({ session })).rejects.toMatchObject({ code: 'LOGIN_REQUIRED' });
  });

  it('refuses an invalid key', async () => {
    await expect(telegram.openClient({ publicKeyPem: 'no key' })).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('of a source fails when the login was ended', async () => {
    const options = { ...telegram.clientOptions(), ...AUTOMATIC };
    telegram.simulator.revokeSessions();
    await expect(openTelegramSource(options)).rejects.toMatchObject({ code: 'LOGIN_REQUIRED' });
  });
});

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function open(dcAddresses: readonly { id: number; host: string; port: number }[]): Promise<TelegramClient> {
  const options = without(telegram.clientOptions({ dcAddresses, connectTimeoutMs: 200 }), 'session');
  return TelegramClient.open(options);
}
