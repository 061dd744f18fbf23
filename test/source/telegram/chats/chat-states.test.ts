import { afterEach, describe, expect, it } from 'vitest';

import type { Chat } from '../../../../src/chat/chat.js';
import type { WorldBuilder } from '../../../../src/simulator/world/world-builder.js';
import type { LiveSource } from '../../../../src/source/live-source.js';
import { addMigratedCrew, isReadable, standsForOldGroup, TARGET_STATES } from './migrated-group.js';
import { collect, emptyWorld, neverAborted, say, SimulatedTelegram } from '../simulated-telegram.js';

const signal = neverAborted();
const opened: SimulatedTelegram[] = [];

afterEach(async () => {
  for (const telegram of opened.splice(0)) await telegram[Symbol.asyncDispose]();
});

interface Reader {
  readonly telegram: SimulatedTelegram;
  readonly source: LiveSource;
  readonly notes: string[];
}

async function read(world: WorldBuilder): Promise<Reader> {
  const telegram = await SimulatedTelegram.start(world);
  opened.push(telegram);
  const notes: string[] = [];
  return { telegram, notes, source: await telegram.openSource({ onNote: (text) => notes.push(text) }) };
}

async function listed(source: LiveSource): Promise<readonly Chat[]> {
  const chats: Chat[] = [];
  for await (const chat of source.chats(signal)) chats.push(chat);
  return chats;
}

async function textsOf(source: LiveSource, chat: Chat): Promise<readonly string[]> {
  const messages = await collect(source.history(chat, { signal }));
  return messages.map(({ text, service }) => (service === undefined ? text.text : service.action));
}

const OLD = ['old one', 'old two', 'migrate_to_supergroup'];
const NEW = ['migrate_from_group', 'new one'];

describe.each(Object.keys(TARGET_STATES))('a basic group whose supergroup %s', (state) => {
  it('is listed, unless the listed supergroup includes it', async () => {
    const world = emptyWorld();
    addMigratedCrew(world, state);
    const { source } = await read(world);
    const chats = await listed(source);
    const group = chats.find(({ peerId }) => peerId === 'chat55');
    const supergroup = chats.find(({ peerId }) => peerId === 'channel9009');
    if (standsForOldGroup(state)) {
      expect(group).toBeUndefined();
      expect(supergroup).toMatchObject({ migratedFrom: 'chat55' });
    } else {
      expect(group).toMatchObject({ kind: 'basic-group', title: 'Crew' });
      expect(supergroup !== undefined).toBe(state.endsWith('in the list'));
    }
  });

  // Each list with a client that knows nobody yet, and with one that does.
  it.each([
    ['chat55', '-55'],
    ['55', 'Crew'],
    ['Crew', 'crew', 'tg://openmessage?chat_id=55'],
  ])('is resolved from %s to the supergroup if the server permits it', async (...references) => {
    const world = emptyWorld();
    addMigratedCrew(world, state);
    const { source, notes } = await read(world);
    for (const reference of references) {
      const chat = await source.resolveChat(reference, signal);
      if (isReadable(state)) {
        expect(chat).toMatchObject({ peerId: 'channel9009', migratedFrom: 'chat55', messageCount: 5 });
        expect(await textsOf(source, chat)).toEqual([...OLD, ...NEW]);
      } else {
        expect(chat).toMatchObject({ peerId: 'chat55', messageCount: 3 });
        expect(await textsOf(source, chat)).toEqual(OLD);
      }
      const namesTheSupergroup = standsForOldGroup(state) && /^crew/i.test(reference);
      const became = '"Crew" (chat55) became the supergroup channel9009, which';
      const note = isReadable(state)
        ? `${became} is used instead, including the messages of the old group.`
        : `${became} this account may not read. The old group with its messages is used instead.`;
      expect(notes.splice(0)).toEqual(namesTheSupergroup ? [] : [note]);
    }
  });

  it('is resolved from its own title even if the supergroup was renamed', async () => {
    const world = emptyWorld();
    addMigratedCrew(world, state, 'Big Crew');
    const { source } = await read(world);
    expect((await source.resolveChat('Crew', signal)).peerId).toBe(isReadable(state) ? 'channel9009' : 'chat55');
  });
});

/** What a basic group may be, and the messages in it be readable none the less. */
const GROUP_STATES = {
  chatForbidden: { _: 'chatForbidden', id: 56n, title: 'Old Pier' },
  left: { left: true },
  deactivated: { deactivated: true },
  'left and deactivated': { left: true, deactivated: true },
} as const;

describe.each(Object.entries(GROUP_STATES))('a basic group that is %s', (_, fields) => {
  it.each([
    ['in the list', ['chat56', '-56', '56', 'Old Pier', 'old pier']],
    ['not in the list', ['chat56', '-56', '56']],
  ])('is read from the mailbox, %s', async (place, references) => {
    const world = emptyWorld();
    const group = world.addBasicGroup(56n, 'Old Pier');
    say(world, group, 'while I was there');
    if ('_' in fields) world.chats.set(group, fields);
    else world.changeChat(group, fields);
    if (place === 'not in the list') world.closeDialog(group);
    const { source } = await read(world);
    expect((await listed(source)).map(({ peerId }) => peerId)).toEqual(place === 'in the list' ? ['chat56'] : []);
    for (const reference of references) {
      const chat = await source.resolveChat(reference, signal);
      expect(chat).toMatchObject({ peerId: 'chat56', kind: 'basic-group', title: 'Old Pier', messageCount: 1 });
      expect(await textsOf(source, chat)).toEqual(['while I was there']);
    }
  });
});

describe('a chat', () => {
  it('of which Telegram only knows the id is read from the mailbox', async () => {
    const world = emptyWorld();
    const group = world.addBasicGroup(57n, 'Forgotten');
    say(world, group, 'still here');
    world.chats.set(group, { _: 'chatEmpty', id: 57n });
    const { source } = await read(world);
    expect(await listed(source)).toMatchObject([{ peerId: 'chat57', title: '' }]);
    world.closeDialog(group);
    const { source: later } = await read(world);
    for (const reference of ['chat57', '57']) {
      const chat = await later.resolveChat(reference, signal);
      expect(chat).toMatchObject({ peerId: 'chat57', messageCount: 1 });
      expect(await textsOf(later, chat)).toEqual(['still here']);
    }
  });

  it.each([
    ['forbidden', 1, { _: 'channelForbidden' }],
    // What it was before is asked at the same time.
    ['left', 2, { _: 'channel', left: true, date: 0, photo: { _: 'chatPhotoEmpty' } }],
  ])('that is %s is refused by the server, after %i request(s)', async (_, times, state) => {
    const channel = { ...state, megagroup: true, id: 5009n, title: 'Closed Shop', access_hash: 9n };
    const world = emptyWorld();
    world.chats.set('channel:5009', channel);
    world.openDialog('channel:5009');
    const { source, telegram } = await read(world);
    const questions = (): number =>
      ['messages.getHistory', 'channels.getFullChannel'].reduce(
        (sum, method) => sum + (telegram.simulator.calls.get(method) ?? 0),
        0,
      );
    for (const reference of ['channel5009', 'Closed Shop', '-1005009', 'https://t.me/c/5009/3']) {
      const before = questions();
      await expect(source.resolveChat(reference, signal)).rejects.toMatchObject({
        code: 'NO_ACCESS',
        message: expect.stringContaining('CHANNEL_PRIVATE') as string,
      });
      expect(questions() - before).toBe(times);
    }
  });

  it('of a basic group that the account never joined is refused', async () => {
    const world = emptyWorld();
    world.chats.set('chat:58', { _: 'chatForbidden', id: 58n, title: 'Never mine' });
    const { source } = await read(world);
    await expect(source.resolveChat('chat58', signal)).rejects.toMatchObject({
      code: 'CHAT_NOT_FOUND',
      message: expect.stringContaining('PEER_ID_INVALID') as string,
    });
  });

  it('whose title looks like an id, a name or a link is found by it if that names no other chat', async () => {
    const world = emptyWorld();
    const titles = ['1999', '@pier', '-1007', 'channel44', 't.me/+pier', '@a b', 'https://t.me/pier_of_nobody'];
    for (const [index, title] of titles.entries()) {
      say(world, world.addChannel(BigInt(8100 + index), title, { megagroup: true }), title);
    }
    const { source } = await read(world);
    for (const [index, title] of titles.entries()) {
      expect((await source.resolveChat(title, signal)).peerId).toBe(`channel${8100 + index}`);
    }
    await expect(source.resolveChat('t.me/+pie', signal)).rejects.toThrow('invitation');
    await expect(source.resolveChat('@pire', signal)).rejects.toThrow('Did you mean "@pier"?');
    await expect(source.resolveChat('2999', signal)).rejects.toThrow('This account sees no chat "2999"');
  });

  it('whose id is the title of another chat is found by its id', async () => {
    const world = emptyWorld();
    say(world, world.addChannel(8201n, '8202', { megagroup: true }), 'title');
    say(world, world.addChannel(8202n, 'Other', { megagroup: true }), 'id');
    say(world, world.addChannel(8203n, 'harbour', { megagroup: true }), 'title');
    world.addUser(8204n, { first_name: 'Ann', last_name: 'Lee', username: 'annlee' });
    say(world, 'user:8204', 'hi');
    const { source } = await read(world);
    expect((await source.resolveChat('8202', signal)).peerId).toBe('channel8202');
    expect((await source.resolveChat('Ann Lee', signal)).peerId).toBe('user8204');
    expect((await source.resolveChat('ann', signal)).peerId).toBe('user8204');
    expect((await source.resolveChat('https://annlee.t.me', signal)).peerId).toBe('user8204');
  });

  it('that is named by a message link is exported as a whole, with a note', async () => {
    const world = emptyWorld();
    const peer = world.addChannel(8301n, 'Pier', { megagroup: true, username: 'pier_talk' });
    say(world, peer, 'one');
    say(world, peer, 'two');
    const { source, notes } = await read(world);
    for (const link of ['https://t.me/pier_talk/2?single', 't.me/c/8301/2', 'https://t.me/pier_talk/1/2']) {
      expect(await source.resolveChat(link, signal)).toMatchObject({ peerId: 'channel8301', messageCount: 2 });
      expect(notes.pop()).toBe(`${link} leads to one message or topic: the whole chat is taken.`);
    }
    await source.resolveChat('https://t.me/pier_talk', signal);
    expect(notes).toEqual([]);
  });
});
