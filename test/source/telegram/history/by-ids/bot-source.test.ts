import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Batch } from '../../../../../src/chat/batch.js';
import { MIGRATED_ID_OFFSET } from '../../../../../src/chat/chat.js';
import { isForUsersOnly } from '../../../../../src/simulator/methods/bot-access.js';
import { startSimulator } from '../../../../../src/simulator/server/server.js';
import { WorldBuilder } from '../../../../../src/simulator/world/world-builder.js';
import { patternedFile, sha256OfFile } from '../../../../../src/simulator/world/world-file.js';
import type { WorldPeer } from '../../../../../src/simulator/world/world.js';
import { MAX_EMPTY_IDS } from '../../../../../src/source/telegram/history/by-ids/id-reader.js';
import type { LiveSource } from '../../../../../src/source/live-source.js';
import { openTelegramSource } from '../../../../../src/source/telegram/telegram-source.js';
import { describeLiveSource } from '../../../../contract/live-source.js';
import { collect, neverAborted, SimulatedTelegram } from '../../simulated-telegram.js';
import { AUTOMATIC, PATIENCE } from '../../patience.js';

const BOT = 9001n;
const ADA = 1001n;
const signal = neverAborted();

/** A world whose first account is a bot, in its own mailbox. */
function botWorld(): WorldBuilder {
  const world = new WorldBuilder();
  world.addAccount({ userId: BOT, botToken: '9001:token' });
  world.addUser(BOT, { bot: true, first_name: 'Ferry Bot', username: 'ferry_bot', bot_info_version: 1 });
  world.addUser(ADA, { first_name: 'Ada' });
  return world;
}

function say(world: WorldBuilder, peer: WorldPeer, count: number): void {
  for (let index = 0; index < count; index += 1) {
    world.post(peer, { message: `message ${index}`, from_id: { _: 'peerUser', user_id: ADA } });
  }
}

function postFile(world: WorldBuilder, peer: WorldPeer, seed: bigint): [id: number, sha256: string] {
  const file = patternedFile(seed, 40_000 + Number(seed));
  const document = world.addDocument({ file, mimeType: 'application/octet-stream', attributes: [], dcId: 4 });
  const id = world.post(peer, { message: '', media: { _: 'messageMediaDocument', document } });
  return [id, sha256OfFile(file)];
}

describe.each([
  {
    kind: 'a supergroup',
    reference: '@crew',
    add: (world: WorldBuilder) => world.addChannel(5001n, 'Crew', { megagroup: true, username: 'crew' }),
  },
  { kind: 'a channel', reference: '-1005002', add: (world: WorldBuilder) => world.addChannel(5002n, 'News') },
  { kind: 'a basic group', reference: 'chat31', add: (world: WorldBuilder) => world.addBasicGroup(31n, 'Crew') },
  { kind: 'a private chat', reference: 'user1001', add: (): WorldPeer => `user:${ADA}` },
])('with $kind', ({ kind, reference, add }) => {
  describeLiveSource(`the Telegram source of a bot, with ${kind},`, async () => {
    const world = botWorld();
    const peer = add(world);
    const other = world.addBasicGroup(77n, 'Another of the same mailbox');
    const mediaHashes = new Map<number, string>();
    for (let round = 0n; round < 4n; round += 1n) {
      say(world, peer, 60);
      say(world, other, 7);
      world.skipIds(peer, 130);
      const [id, hash] = postFile(world, peer, round);
      mediaHashes.set(id, hash);
    }
    const simulator = await startSimulator({ world });
    const source = await openTelegramSource({
      ...PATIENCE,
      ...AUTOMATIC,
      apiId: 1,
      apiHash: 'hash',
      session: simulator.sessionFor(BOT),
      dcAddresses: simulator.dcs,
      publicKeyPem: simulator.publicKeyPem,
      signal,
    });
    return {
      source,
      reference,
      messageIds: idsIn(world, peer),
      mediaHashes,
      listsChats: false,
      close: async () => {
        await source.close();
        expect([...simulator.calls.keys()].filter(isForUsersOnly)).toEqual([]);
        expect([...simulator.unserved.keys()]).toEqual([]);
        await simulator.close();
      },
    };
  });
});

function idsIn(world: WorldBuilder, peer: WorldPeer): number[] {
  const history = world.history(BOT, peer);
  return Array.from({ length: history?.length ?? 0 }, (_, index) => history?.at(index)['id'] as number);
}

describe('a bot', () => {
  let world: WorldBuilder;
  let telegram: SimulatedTelegram;
  let source: LiveSource;

  beforeEach(async () => {
    world = botWorld();
    telegram = await SimulatedTelegram.start(world);
    source = await telegram.openSource({ session: telegram.simulator.sessionFor(BOT) });
  });

  afterEach(async () => {
    expect([...telegram.simulator.calls.keys()].filter(isForUsersOnly)).toEqual([]);
    await telegram[Symbol.asyncDispose]();
  });

  async function idsOf(reference: string, range: { after?: number; upToId?: number } = {}): Promise<number[]> {
    const chat = await source.resolveChat(reference, signal);
    return (await collect(source.history(chat, { signal, ...range }))).map(({ id }) => id);
  }

  it.each(['@crew', 'https://t.me/crew', '-1005001', 'channel5001', '5001', 't.me/c/5001/7', 'crew'])(
    'finds a chat by "%s"',
    async (reference) => {
      world.addChannel(5001n, 'Crew', { megagroup: true, username: 'crew' });
      expect(await source.resolveChat(reference, signal)).toMatchObject({ id: 'channel5001', title: 'Crew' });
    },
  );

  it('finds a private chat and a basic group by id', async () => {
    say(world, `user:${ADA}`, 1);
    say(world, world.addBasicGroup(31n, 'Flat'), 1);
    expect(await source.resolveChat('1001', signal)).toMatchObject({ peerId: 'user1001', title: 'Ada' });
    expect(await source.resolveChat('-31', signal)).toMatchObject({ peerId: 'chat31', title: 'Flat' });
  });

  it.each(['Crew of the Gull', 'channel4242', '@nobody_here', '424242'])(
    'that does not find the chat "%s" is told how to name one',
    async (reference) => {
      await expect(source.resolveChat(reference, signal)).rejects.toMatchObject({
        code: 'CHAT_NOT_FOUND',
        message: expect.stringMatching(/does not let bots list their chats.*-100/) as string,
      });
    },
  );

  it('has no saved messages, and no list of chats', async () => {
    await expect(source.resolveChat('me', signal)).rejects.toMatchObject({ code: 'CHAT_NOT_FOUND' });
    const list = source.chats(signal)[Symbol.asyncIterator]();
    await expect(list.next()).rejects.toThrow(/does not let bots list their chats.*@name/);
  });

  it('reads a mailbox chat with messages of other chats in between', async () => {
    const group = world.addBasicGroup(31n, 'Flat');
    say(world, group, 3);
    say(world, `user:${ADA}`, MAX_EMPTY_IDS + 500);
    say(world, group, 2);
    expect(await idsOf('chat31')).toEqual(idsIn(world, group));
  });

  it('ends a mailbox chat after a gap longer than the limit, unless an end is given', async () => {
    const ada: WorldPeer = `user:${ADA}`;
    say(world, ada, 3);
    world.skipIds(ada, MAX_EMPTY_IDS);
    say(world, ada, 3);
    const all = idsIn(world, ada);
    expect(await idsOf('user1001')).toEqual(all.slice(0, 3));
    expect(await idsOf('user1001', { upToId: MAX_EMPTY_IDS + 5 })).toEqual(all.slice(0, 5));
    expect(await idsOf('user1001', { upToId: MAX_EMPTY_IDS + 50, after: 4 })).toEqual(all.slice(3));
  });

  it('reads over a gap one id shorter than the limit', async () => {
    const ada: WorldPeer = `user:${ADA}`;
    say(world, ada, 3);
    world.skipIds(ada, MAX_EMPTY_IDS - 1);
    say(world, ada, 1);
    expect(await idsOf('user1001')).toEqual(idsIn(world, ada));
  });

  it('reads a channel over any gap, because Telegram reports the newest message', async () => {
    const channel = world.addChannel(5002n, 'News', { broadcast: true });
    world.skipIds(channel, 2 * MAX_EMPTY_IDS);
    say(world, channel, 3);
    expect(await idsOf('-1005002')).toEqual(idsIn(world, channel));
  });

  it.each(['CHANNEL_PRIVATE', 'PERSISTENT_TIMESTAMP_OUTDATED_NEVER_SEEN'])(
    'reads a channel up to the gap limit if the server only answers %s',
    async (error) => {
      const channel = world.addChannel(5002n, 'News', { broadcast: true });
      say(world, channel, 3);
      world.skipIds(channel, MAX_EMPTY_IDS);
      say(world, channel, 1);
      telegram.simulator.setNetwork({
        fault: ({ method }) => (method === 'updates.getChannelDifference' ? { error, code: 400 } : undefined),
      });
      expect(await idsOf('-1005002')).toEqual([1, 2, 3]);
    },
  );

  it('reads messages that arrive meanwhile, without a gap', async () => {
    const group = world.addBasicGroup(31n, 'Flat');
    say(world, group, 250);
    telegram.simulator.setNetwork({
      fault: ({ method, callNumber }) => {
        if (method === 'messages.getMessages' && callNumber === 4) {
          say(world, `user:${ADA}`, 90);
          say(world, group, 160);
        }
        return undefined;
      },
    });
    expect(await idsOf('chat31')).toEqual(idsIn(world, group));
    expect(idsIn(world, group)).toHaveLength(410);
  });

  it('starts with the basic group that a supergroup was made from', async () => {
    const group = world.addBasicGroup(31n, 'Crew');
    world.skipIds(group, MAX_EMPTY_IDS + 10);
    say(world, group, 130);
    say(world, `user:${ADA}`, 20);
    const channel = world.addChannel(5001n, 'Crew', { megagroup: true, username: 'crew' });
    say(world, channel, 12);
    world.setFullChat(channel, fullChannel({ migrated_from_chat_id: 31n, migrated_from_max_id: 10_140 }));
    const old = idsIn(world, group).map((id) => id - MIGRATED_ID_OFFSET);
    expect(await source.resolveChat('@crew', signal)).toMatchObject({ migratedFrom: 'chat31' });
    expect(await idsOf('@crew')).toEqual([...old, ...idsIn(world, channel)]);
    expect(await idsOf('@crew', { after: old[49] ?? 0 })).toEqual([...old.slice(50), ...idsIn(world, channel)]);
    const chat = await source.resolveChat('@crew', signal);
    const again = await collect(source.messages(chat, [3, old[2] ?? 0], signal));
    expect(again.map(({ id }) => id)).toEqual([old[2], 3]);
  });

  it('that joined after the migration reads only the supergroup', async () => {
    world.chats.set('chat:31', { _: 'chat', id: 31n, title: 'Crew', photo: { _: 'chatPhotoEmpty' } });
    const channel = world.addChannel(5001n, 'Crew', { megagroup: true, username: 'crew' });
    say(world, channel, 5);
    say(world, `user:${ADA}`, 5);
    world.setFullChat(channel, fullChannel({ migrated_from_chat_id: 31n, migrated_from_max_id: 7 }));
    expect(await idsOf('@crew')).toEqual(idsIn(world, channel));
  });

  it('does not use the count of a call as the count of the history', async () => {
    say(world, world.addChannel(5001n, 'Crew', { megagroup: true, username: 'crew' }), 3);
    const chat = await source.resolveChat('@crew', signal);
    expect(chat).not.toHaveProperty('messageCount');
    const batches: Batch[] = [];
    for await (const batch of source.history(chat, { signal })) batches.push(batch);
    expect(batches).toHaveLength(1);
    expect(batches[0]).not.toHaveProperty('serverCount');
  });

  it('returns no message of another chat for an id of this one', async () => {
    say(world, `user:${ADA}`, 2);
    say(world, world.addBasicGroup(31n, 'Flat'), 2);
    const chat = await source.resolveChat('chat31', signal);
    const found = await collect(source.messages(chat, [1, 2, 3, 4, 5], signal));
    expect(found.map(({ id }) => id)).toEqual([3, 4]);
  });

  it('renews file references, in channels and in its mailbox', async () => {
    const channel = world.addChannel(5002n, 'News', { broadcast: true });
    for (const [peer, reference] of [
      [channel, '-1005002'],
      [`user:${ADA}`, '1001'],
    ] as const) {
      const [, hash] = postFile(world, peer, 9n);
      const chat = await source.resolveChat(reference, signal);
      const [message] = await collect(source.history(chat, { signal }));
      const [media] = message?.media ?? [];
      if (message === undefined || media === undefined) throw new Error('the file was not posted');
      telegram.simulator.expireFileReferences();
      const path = `${telegram.folder}/${reference}`;
      expect(await source.download(message, media, { path, signal })).toMatchObject({ sha256: hash });
    }
  });
});

function fullChannel(fields: Record<string, unknown>): never {
  return {
    _: 'channelFull',
    id: 5001n,
    about: '',
    read_inbox_max_id: 0,
    read_outbox_max_id: 0,
    unread_count: 0,
    chat_photo: { _: 'photoEmpty', id: 0n },
    notify_settings: { _: 'peerNotifySettings' },
    bot_info: [],
    pts: 1,
    ...fields,
  } as never;
}
