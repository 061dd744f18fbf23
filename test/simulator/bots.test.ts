import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tl } from '@mtcute/core';
import bigInt from 'big-integer';
import { Api } from 'telegram';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isForUsersOnly } from '../../src/simulator/methods/bot-access.js';
import { servedMethods } from '../../src/simulator/methods/served-methods.js';
import { startSimulator, type Simulator } from '../../src/simulator/server/server.js';
import type { WorldPeer } from '../../src/simulator/world/world.js';
import { closeGramjs, gramjsClient } from './gramjs-client.js';
import { mtcuteClient } from './mtcute-client.js';
import { createTinyWorld, type TinyWorld } from './tiny-world.js';

interface Started {
  readonly tiny: TinyWorld;
  readonly simulator: Simulator;
  /** A basic group that the bot is in. */
  readonly crew: WorldPeer;
}

/** A world whose bot is in a basic group and in a closed channel, and has a private chat with Ada. */
async function started(): Promise<Started> {
  const tiny = createTinyWorld();
  const { world, bot } = tiny;
  const crew = world.addBasicGroup(3001n, 'Crew');
  const ada: WorldPeer = 'user:1001';
  world.post(crew, { message: 'Hello bot', from_id: { _: 'peerUser', user_id: 1001n } }, { owner: bot.userId });
  world.post(ada, { message: '/start' }, { owner: bot.userId });
  world.addBasicGroup(3002n, 'Without the bot');
  const closed = world.addChannel(2003n, 'Closed, with the bot', { broadcast: true });
  world.post(closed, { message: 'In here' }, { owner: bot.userId });
  world.addChannel(2004n, 'Closed, without the bot', { broadcast: true });
  const simulator = await startSimulator({ world });
  onTestFinished(() => simulator.close());
  return { tiny, simulator, crew };
}

function hashOf({ world }: TinyWorld, peer: WorldPeer): bigInt.BigInteger {
  return bigInt((world.chats.get(peer)?.['access_hash'] as bigint).toString());
}

const refused = { code: 400, text: 'BOT_METHOD_INVALID' };
const page = { offsetId: 0, offsetDate: 0, addOffset: 0, limit: 1, maxId: 0, minId: 0 };

describe('mtcute, as a bot', () => {
  async function bot(): Promise<Started & { readonly call: (request: object) => Promise<unknown> }> {
    const all = await started();
    const client = await mtcuteClient(all.simulator);
    onTestFinished(() => client.destroy());
    await client.start({ botToken: all.tiny.bot.botToken });
    return { ...all, call: (request) => client.call(request as never) };
  }

  test('is refused methods for users only, whatever else is wrong with the request', async () => {
    const { call, simulator } = await bot();
    const self = { _: 'inputPeerSelf' };
    const requests: readonly object[] = [
      { _: 'messages.getHistory', peer: self, ...page, hash: 0 },
      { _: 'messages.getHistory', peer: { _: 'inputPeerChat', chatId: 77 }, ...page, hash: 0 },
      { _: 'messages.getDialogs', offsetDate: 0, offsetId: 0, offsetPeer: { _: 'inputPeerEmpty' }, limit: 1, hash: 0 },
      {
        _: 'messages.search',
        peer: self,
        q: '',
        filter: { _: 'inputMessagesFilterEmpty' },
        minDate: 0,
        maxDate: 0,
        ...page,
        hash: 0,
      },
      { _: 'messages.getPeerDialogs', peers: [{ _: 'inputDialogPeer', peer: self }] },
      { _: 'messages.getPinnedDialogs', folderId: 0 },
      { _: 'messages.getDialogFilters' },
      { _: 'account.initTakeoutSession' },
      { _: 'account.getPassword' },
      { _: 'account.updateStatus', offline: false },
      { _: 'account.getAccountTTL' }, // Not served here, and refused all the same.
      { _: 'help.getAppConfig', hash: 0 },
      { _: 'help.getNearestDc' },
      { _: 'contacts.getContacts', hash: 0 },
      { _: 'auth.sendCode', phoneNumber: '1', apiId: 1, apiHash: '', settings: { _: 'codeSettings' } },
    ];
    for (const request of requests) {
      const error = await call(request).catch((thrown: unknown) => thrown);
      expect(tl.RpcError.is(error) ? { code: error.code, text: error.text } : error, JSON.stringify(request)).toEqual(
        refused,
      );
    }
    expect([...simulator.unserved.keys()]).toEqual(['account.getAccountTTL']);
  });

  test('reads messages by id: those of its own chats without a peer, those of channels with one', async () => {
    const { call, tiny } = await bot();
    const wanted = (...ids: number[]): object[] => ids.map((id) => ({ _: 'inputMessageID', id }));
    // One sequence over the basic group and the private chat.
    expect(await call({ _: 'messages.getMessages', id: wanted(1, 2, 3) })).toMatchObject({
      messages: [
        { message: 'Hello bot', peerId: { _: 'peerChat', chatId: 3001 } },
        { message: '/start', peerId: { _: 'peerUser', userId: 1001 } },
        { _: 'messageEmpty', id: 3 },
      ],
    });
    const { chats } = (await call({ _: 'contacts.resolveUsername', username: 'tinygroup' })) as { chats: object[] };
    const [{ accessHash } = { accessHash: undefined }] = chats as { accessHash?: unknown }[];
    const channel = { _: 'inputChannel', channelId: 2001, accessHash };
    const [first = 0] = tiny.groupIds;
    expect(await call({ _: 'channels.getMessages', channel, id: wanted(first) })).toMatchObject({
      messages: [{ _: 'messageService', id: first }],
    });
    await expect(call({ _: 'channels.getMessages', channel, id: [] })).rejects.toThrow('MESSAGE_IDS_EMPTY');
  });
});

describe('gramjs, as a bot', () => {
  async function bot(): Promise<
    Started & { readonly invoke: <R extends Api.AnyRequest>(r: R) => Promise<R['__response']> }
  > {
    const all = await started();
    const client = gramjsClient(all.simulator);
    onTestFinished(() => closeGramjs(client));
    await client.connect();
    await client.start({ botAuthToken: all.tiny.bot.botToken });
    return { ...all, invoke: (request) => client.invoke(request) };
  }

  test('is refused methods for users only', async () => {
    const { invoke } = await bot();
    const peer = new Api.InputPeerSelf();
    const requests = [
      new Api.messages.GetHistory({ peer, ...page, hash: bigInt.zero }),
      new Api.messages.GetDialogs({
        offsetDate: 0,
        offsetId: 0,
        offsetPeer: new Api.InputPeerEmpty(),
        limit: 1,
        hash: bigInt.zero,
      }),
      new Api.messages.Search({
        peer,
        q: '',
        filter: new Api.InputMessagesFilterEmpty(),
        minDate: 0,
        maxDate: 0,
        ...page,
        hash: bigInt.zero,
      }),
      new Api.account.InitTakeoutSession({}),
      new Api.help.GetAppConfig({ hash: 0 }),
    ];
    for (const request of requests) {
      await expect(invoke(request), request.className).rejects.toMatchObject({ code: 400, errorMessage: refused.text });
    }
  });

  test('finds only its own chats without an access hash', async () => {
    const { invoke, tiny } = await bot();
    const none = bigInt.zero;
    const channels = (id: number, accessHash = none): Promise<Api.messages.TypeChats> =>
      invoke(new Api.channels.GetChannels({ id: [new Api.InputChannel({ channelId: bigInt(id), accessHash })] }));
    const users = (id: number): Promise<Api.TypeUser[]> =>
      invoke(new Api.users.GetUsers({ id: [new Api.InputUser({ userId: bigInt(id), accessHash: none })] }));
    const groups = (id: number): Promise<Api.messages.TypeChats> =>
      invoke(new Api.messages.GetChats({ id: [bigInt(id)] }));

    expect((await channels(2003)).chats).toMatchObject([{ title: 'Closed, with the bot' }]);
    await expect(channels(2004)).rejects.toMatchObject({ errorMessage: 'CHANNEL_INVALID' });
    await expect(channels(2001)).rejects.toMatchObject({ errorMessage: 'CHANNEL_INVALID' }); // Public, and not joined.
    const hash = hashOf(tiny, 'channel:2004');
    await expect(channels(2004, hash)).rejects.toMatchObject({ code: 406, errorMessage: 'CHANNEL_PRIVATE' });
    expect(await users(1001)).toMatchObject([{ className: 'User', firstName: 'Ada' }]);
    expect(await users(1002)).toMatchObject([{ className: 'UserEmpty' }]);
    expect((await groups(3001)).chats).toMatchObject([{ title: 'Crew' }]);
    await expect(groups(3002)).rejects.toMatchObject({ errorMessage: 'CHAT_ID_INVALID' });
  });

  test('may not name a peer by a message, but a person may', async () => {
    const { invoke, simulator, tiny } = await bot();
    const peer = new Api.InputPeerChat({ chatId: bigInt(3001) });
    const named = new Api.InputUserFromMessage({ peer, msgId: 1, userId: bigInt(1001) });
    await expect(invoke(new Api.users.GetFullUser({ id: named }))).rejects.toMatchObject({
      errorMessage: 'FROM_MESSAGE_BOT_DISABLED',
    });
    const person = gramjsClient(simulator, simulator.sessionFor(tiny.account.userId));
    onTestFinished(() => closeGramjs(person));
    await person.connect();
    await expect(person.invoke(new Api.users.GetFullUser({ id: named }))).resolves.toBeDefined();
  });

  test('finds the newest message of a channel in its difference', async () => {
    const { invoke, tiny } = await bot();
    const { chats } = await invoke(new Api.contacts.ResolveUsername({ username: 'tinygroup' }));
    const [channel] = chats.filter((chat) => chat instanceof Api.Channel);
    const input = new Api.InputChannel({ channelId: bigInt(2001), accessHash: channel?.accessHash ?? bigInt.zero });
    const missed = (pts: number): Promise<Api.updates.TypeChannelDifference> =>
      invoke(
        new Api.updates.GetChannelDifference({
          channel: input,
          filter: new Api.ChannelMessagesFilterEmpty(),
          pts,
          limit: 10,
        }),
      );
    const newest = tiny.groupIds.at(-1) ?? 0;
    const answer = await missed(1);
    expect(answer).toMatchObject({ className: 'updates.ChannelDifferenceTooLong', dialog: { topMessage: newest } });
    expect(await missed(newest + 1)).toMatchObject({ className: 'updates.ChannelDifferenceEmpty' });
    await expect(missed(0)).rejects.toMatchObject({ errorMessage: 'PERSISTENT_TIMESTAMP_EMPTY' });
    await expect(missed(-1)).rejects.toMatchObject({ errorMessage: 'PERSISTENT_TIMESTAMP_INVALID' });
  });

  test('downloads from both data centres', async () => {
    const { invoke, tiny, simulator } = await bot();
    const { document, group } = tiny;
    const hash = hashOf(tiny, group);
    const channel = new Api.InputChannel({ channelId: bigInt(2001), accessHash: hash });
    const id = [new Api.InputMessageID({ id: document.messageId })];
    const answer = await invoke(new Api.channels.GetMessages({ channel, id }));
    const client = gramjsClient(simulator, simulator.sessionFor(tiny.bot.userId));
    onTestFinished(() => closeGramjs(client));
    await client.connect();
    const [message] = (answer as Api.messages.ChannelMessages).messages;
    const content = await client.downloadMedia((message as Api.Message).media as Api.TypeMessageMedia);
    expect(
      createHash('sha256')
        .update(content as Buffer)
        .digest('hex'),
    ).toBe(document.sha256);
  });
});

test('the methods for users only are those on the method pages of Telegram', () => {
  // mtcute collects them: `userOnly` has every method whose page does not say "Bots can use this method".
  const path = createRequire(import.meta.url).resolve('@mtcute/core/tl/raw-errors.json');
  const { userOnly } = JSON.parse(readFileSync(path, 'utf8')) as {
    readonly userOnly: Readonly<Record<string, unknown>>;
  };
  // Asked of CDN data centres, where nobody is logged in.
  const anonymous = ['upload.getCdnFile'];
  const documented = [...servedMethods.keys()].filter((name) => name in userOnly && !anonymous.includes(name));
  expect([...servedMethods.keys()].filter(isForUsersOnly).sort()).toEqual(documented.sort());
  expect(documented.length).toBeGreaterThan(15);
});
