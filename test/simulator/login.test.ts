import { Api } from 'telegram';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startSimulator, type Simulator } from '../../src/simulator/server/server.js';
import { mtcuteClient } from './mtcute-client.js';
import { closeGramjs, gramjsClient } from './gramjs-client.js';
import { createTinyWorld, type TinyWorld } from './tiny-world.js';
import type { TelegramClient } from '@mtcute/node';

interface Started {
  readonly tiny: TinyWorld;
  readonly simulator: Simulator;
  readonly client: TelegramClient;
}

async function started(): Promise<Started> {
  const tiny = createTinyWorld();
  const simulator = await startSimulator({ world: tiny.world });
  onTestFinished(() => simulator.close());
  const client = await mtcuteClient(simulator);
  onTestFinished(() => client.destroy());
  await client.connect();
  return { tiny, simulator, client };
}

describe('logging in', () => {
  test('by phone and code alone, for an account without a password', async () => {
    const { tiny, client } = await started();
    const { phone, code, userId } = tiny.plainAccount;
    const sent = await client.sendCode({ phone });
    const user = await client.signIn({
      phone,
      phoneCodeHash: 'phoneCodeHash' in sent ? sent.phoneCodeHash : '',
      phoneCode: code,
    });
    expect(user.id).toBe(Number(userId));
  });

  test('refuses an unknown phone, a wrong code, a wrong hash, a wrong password and a wrong token', async () => {
    const { tiny, client } = await started();
    const { phone, code } = tiny.account;
    await expect(client.sendCode({ phone: '9990000000' })).rejects.toThrow('PHONE_NUMBER_INVALID');
    const sent = await client.sendCode({ phone });
    const phoneCodeHash = 'phoneCodeHash' in sent ? sent.phoneCodeHash : '';
    await expect(client.signIn({ phone, phoneCodeHash, phoneCode: '00000' })).rejects.toThrow('PHONE_CODE_INVALID');
    await expect(client.signIn({ phone, phoneCodeHash: 'x', phoneCode: code })).rejects.toThrow('PHONE_CODE_EXPIRED');
    await expect(client.signIn({ phone, phoneCodeHash, phoneCode: code })).rejects.toThrow('SESSION_PASSWORD_NEEDED');
    await expect(client.checkPassword('not it')).rejects.toThrow('PASSWORD_HASH_INVALID');
    await expect(client.signInBot('1004:wrong')).rejects.toThrow('ACCESS_TOKEN_INVALID');
    expect((await client.checkPassword(tiny.account.password)).firstName).toBe('Ada');
  });

  test('is required for reading, and ends with logging out', async () => {
    const { tiny, client } = await started();
    await expect(client.call({ _: 'updates.getState' })).rejects.toThrow('AUTH_KEY_UNREGISTERED');
    await client.signInBot(tiny.bot.botToken);
    await expect(client.call({ _: 'updates.getState' })).resolves.toBeDefined();
    await client.call({ _: 'auth.logOut' });
    await expect(client.call({ _: 'updates.getState' })).rejects.toThrow('AUTH_KEY_UNREGISTERED');
  });

  test('ends for all when the sessions are revoked', async () => {
    const { tiny, simulator, client } = await started();
    await client.signInBot(tiny.bot.botToken);
    simulator.revokeSessions();
    await expect(client.call({ _: 'updates.getState' })).rejects.toThrow('AUTH_KEY_UNREGISTERED');
  });
});

describe('with a login', () => {
  async function loggedIn(): Promise<Started> {
    const all = await started();
    const { phone, code } = all.tiny.plainAccount;
    const sent = await all.client.sendCode({ phone });
    await all.client.signIn({
      phone,
      phoneCode: code,
      phoneCodeHash: 'phoneCodeHash' in sent ? sent.phoneCodeHash : '',
    });
    return all;
  }

  test('an authorisation is valid once, at the data centre that it was made for', async () => {
    const { client } = await loggedIn();
    const exported = await client.call({ _: 'auth.exportAuthorization', dcId: 4 });
    const importHere = { _: 'auth.importAuthorization', id: exported.id, bytes: exported.bytes } as const;
    await expect(client.call(importHere)).rejects.toThrow('AUTH_BYTES_INVALID');
    await expect(client.call(importHere, { dcId: 4 })).resolves.toMatchObject({ _: 'auth.authorization' });
    await expect(client.call(importHere, { dcId: 4 })).rejects.toThrow('AUTH_BYTES_INVALID');
    await expect(client.call({ _: 'auth.exportAuthorization', dcId: 77 })).rejects.toThrow('DC_ID_INVALID');
  });

  test('wrong access hashes, closed chats and unused names are refused', async () => {
    const { tiny, client } = await loggedIn();
    const history = (peer: object): Promise<unknown> =>
      client.call({
        _: 'messages.getHistory',
        peer,
        offsetId: 0,
        offsetDate: 0,
        addOffset: 0,
        limit: 1,
        maxId: 0,
        minId: 0,
        hash: 0,
      } as never);
    const hash = { accessHash: 5 };
    await expect(history({ _: 'inputPeerChannel', channelId: 2001, ...hash })).rejects.toThrow('CHANNEL_INVALID');
    await expect(history({ _: 'inputPeerUser', userId: 1002, ...hash })).rejects.toThrow('PEER_ID_INVALID');
    await expect(history({ _: 'inputPeerChat', chatId: 5 })).rejects.toThrow('CHAT_ID_INVALID');
    const closed = tiny.world.chats.get(tiny.forbiddenChannel)?.['access_hash'] as bigint;
    const { Long } = await import('@mtcute/node');
    const peer = { _: 'inputPeerChannel', channelId: 2002, accessHash: Long.fromString(closed.toString()) };
    await expect(history(peer)).rejects.toThrow('CHANNEL_PRIVATE');
    await expect(client.resolvePeer('nobody_here')).rejects.toThrow();
  });

  test('a takeout session must be open to be used', async () => {
    const { client } = await loggedIn();
    const within = (takeoutId: unknown): Promise<unknown> =>
      client.call({ _: 'invokeWithTakeout', takeoutId, query: { _: 'updates.getState' } } as never);
    const { id } = await client.call({ _: 'account.initTakeoutSession' });
    await expect(within(id)).resolves.toMatchObject({ _: 'updates.state' });
    await client.call({ _: 'account.finishTakeoutSession', success: true });
    await expect(within(id)).rejects.toThrow('TAKEOUT_INVALID');
  });

  test('a method that is not implemented is refused and counted', async () => {
    const { simulator, client } = await loggedIn();
    await expect(client.call({ _: 'messages.getAllDrafts' })).rejects.toThrow('METHOD_NOT_SERVED');
    expect([...simulator.unserved]).toEqual([['messages.getAllDrafts', 1]]);
    expect(simulator.calls.has('messages.getAllDrafts')).toBe(false);
  });
});

test('gramjs starts at another data centre and follows PHONE_MIGRATE', async () => {
  const tiny = createTinyWorld();
  const simulator = await startSimulator({ world: tiny.world });
  onTestFinished(() => simulator.close());
  const client = gramjsClient(simulator);
  onTestFinished(() => closeGramjs(client));
  await client.connect();
  const sent = await client.invoke(
    new Api.auth.SendCode({
      phoneNumber: tiny.account.phone,
      apiId: 1,
      apiHash: 'x',
      settings: new Api.CodeSettings({}),
    }),
  );
  expect(sent).toBeInstanceOf(Api.auth.SentCode);
  expect(client.session.dcId).toBe(2);
});

test.each([{ dcIds: [] }, { dcIds: [2, 2] }, { dcIds: [0] }, { ports: [1] }])('%o are refused', async (options) => {
  const { world } = createTinyWorld();
  await expect(startSimulator({ world, ...options })).rejects.toMatchObject({ code: 'USAGE' });
});

test('a port that is in use is named', async () => {
  const { world } = createTinyWorld();
  await using first = await startSimulator({ world });
  const port = first.dcs[0]?.port ?? 0;
  await expect(startSimulator({ world, ports: [port, 0] })).rejects.toThrow(String(port));
});
