import { describe, expect, onTestFinished, test } from 'vitest';
import { startSimulator } from '../../../src/simulator/server/server.js';
import type { TlObject } from '../../../src/simulator/tl/tl-object.js';
import { RawClient } from '../raw-client.js';
import { createTinyWorld, type TinyWorld } from '../tiny-world.js';

interface Reader {
  readonly tiny: TinyWorld;
  readonly call: (request: TlObject) => Promise<TlObject>;
  readonly channel: TlObject;
  readonly peer: TlObject;
}

async function reader(): Promise<Reader> {
  const tiny = createTinyWorld();
  const simulator = await startSimulator({ world: tiny.world });
  onTestFinished(() => simulator.close());
  const client = await RawClient.open(simulator, simulator.sessionFor(tiny.account.userId));
  onTestFinished(() => {
    client[Symbol.dispose]();
  });
  await client.greet();
  const names = { channel_id: 2001n, access_hash: tiny.world.chats.get(tiny.group)?.['access_hash'] };
  return {
    tiny,
    call: (request) => client.answerTo(client.say(request)),
    channel: { _: 'inputChannel', ...names },
    peer: { _: 'inputPeerChannel', ...names },
  };
}

const ids = (answer: TlObject): unknown[] => (answer['messages'] as readonly TlObject[]).map(({ id }) => id);
const search = (peer: TlObject, filter: string, q = ''): TlObject => ({
  _: 'messages.search',
  peer,
  q,
  filter: { _: filter },
  limit: 100,
});

describe('reading', () => {
  test('messages by id, with an empty one for each that is not there', async () => {
    const { tiny, call, channel } = await reader();
    const [first = 0] = tiny.groupIds;
    const wanted = [first, 99_999].map((id) => ({ _: 'inputMessageID', id }));
    const answer = await call({ _: 'channels.getMessages', channel, id: wanted });
    expect(answer['messages']).toMatchObject([
      { _: 'messageService', id: first },
      { _: 'messageEmpty', id: 99_999 },
    ]);
    const privately = await call({ _: 'messages.getMessages', id: [{ _: 'inputMessageID', id: 1 }] });
    expect(privately['messages']).toMatchObject([{ message: 'Hello Ada' }]);
  });

  test('includes all peers that the messages refer to, and marks the own user', async () => {
    const { tiny, call } = await reader();
    const bob = { _: 'inputPeerUser', user_id: 1002n, access_hash: tiny.world.users.get(1002n)?.['access_hash'] };
    const { users } = await call({ _: 'messages.getHistory', peer: bob, limit: 10 });
    const seen = (users as readonly TlObject[]).map(({ id, self }) => [id, self]);
    expect(seen.sort()).toEqual([
      [1001n, true],
      [1002n, undefined],
    ]);
  });

  test('returns messages that were sent, edited and deleted since the last page', async () => {
    const { tiny, call, peer } = await reader();
    const newest = { _: 'messages.getHistory', peer, limit: 2 };
    await call(newest);
    const added = tiny.world.post(tiny.group, { message: 'just now' });
    tiny.world.delete(tiny.group, [tiny.document.messageId]);
    tiny.world.edit(tiny.group, tiny.photo.messageId, { message: 'changed' });
    const { messages } = await call(newest);
    expect(messages).toMatchObject([
      { id: added, message: 'just now' },
      { id: tiny.photo.messageId, message: 'changed' },
    ]);
  });

  test('finds by text and by kind', async () => {
    const { tiny, call, peer } = await reader();
    expect(ids(await call(search(peer, 'inputMessagesFilterPhotos')))).toEqual([tiny.photo.messageId]);
    expect(ids(await call(search(peer, 'inputMessagesFilterDocument')))).toEqual([tiny.document.messageId]);
    expect(ids(await call(search(peer, 'inputMessagesFilterEmpty', 'NUMBER 249')))).toHaveLength(1);
    expect(ids(await call(search(peer, 'inputMessagesFilterGeo')))).toEqual([]);
  });

  test('names are resolved case-insensitively', async () => {
    const { call } = await reader();
    const resolve = (username: string): Promise<TlObject> => call({ _: 'contacts.resolveUsername', username });
    expect(await resolve('TinyGroup')).toMatchObject({ peer: { _: 'peerChannel', channel_id: 2001n } });
    expect(await resolve('tinybob')).toMatchObject({ peer: { _: 'peerUser', user_id: 1002n } });
    expect(await resolve('nobody_here')).toMatchObject({ error_message: 'USERNAME_NOT_OCCUPIED' });
    expect(await resolve('a b')).toMatchObject({ error_message: 'USERNAME_INVALID' });
  });

  test('a channel in full, with the group that it came from', async () => {
    const { tiny, call, channel } = await reader();
    tiny.world.addBasicGroup(3001n, 'Before');
    tiny.world.setFullChat(tiny.group, {
      _: 'channelFull',
      id: 2001n,
      about: 'small',
      migrated_from_chat_id: 3001n,
      migrated_from_max_id: 9,
      chat_photo: { _: 'photoEmpty', id: 0n },
      notify_settings: { _: 'peerNotifySettings' },
    });
    const answer = await call({ _: 'channels.getFullChannel', channel });
    expect(answer['full_chat']).toMatchObject({ about: 'small', migrated_from_chat_id: 3001n });
    expect((answer['chats'] as readonly TlObject[]).map(({ id }) => id)).toEqual([2001n, 3001n]);
  });

  test('topics of a forum, page by page', async () => {
    const { tiny, call, channel } = await reader();
    const all = { _: 'channels.getForumTopics', channel, limit: 2 };
    expect(await call(all)).toMatchObject({ error_message: 'CHANNEL_FORUM_MISSING' });
    tiny.world.changeChat(tiny.group, { forum: true });
    for (const id of [1, 5, 9]) {
      const from_id = { _: 'peerUser', user_id: 1002n };
      tiny.world.addTopic(tiny.group, { _: 'forumTopic', id, date: id, title: `Topic ${id}`, icon_color: 0, from_id });
    }
    const page = async (offset_topic: number): Promise<unknown[]> => {
      const answer = await call({ ...all, offset_topic });
      return (answer['topics'] as readonly TlObject[]).map(({ id }) => id);
    };
    expect([await page(0), await page(5), await page(9)]).toEqual([[1, 5], [9], []]);
  });

  test('dialogs, newest first, then nothing', async () => {
    const { call } = await reader();
    const request = { _: 'messages.getDialogs', limit: 2, offset_peer: { _: 'inputPeerEmpty' } };
    const first = await call(request);
    expect(first).toMatchObject({ _: 'messages.dialogsSlice', count: 3 });
    const peers = (answer: TlObject): unknown[] =>
      (answer['dialogs'] as readonly TlObject[]).map((dialog) => dialog['peer']);
    expect(peers(first)).toEqual([
      { _: 'peerChannel', channel_id: 2001n },
      { _: 'peerUser', user_id: 1002n },
    ]);
    const after = (user_id: bigint): TlObject => ({
      ...request,
      offset_peer: { _: 'inputPeerUser', user_id, access_hash: 0n },
    });
    expect(peers(await call(after(1002n)))).toEqual([{ _: 'peerChannel', channel_id: 2002n }]);
    const last = { ...request, offset_peer: { _: 'inputPeerChannel', channel_id: 2002n, access_hash: 0n } };
    expect(peers(await call(last))).toEqual([]);
  });
});
