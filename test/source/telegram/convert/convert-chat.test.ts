import bigInt from 'big-integer';
import { Api } from 'telegram';
import { describe, expect, it } from 'vitest';

import { convertChat, convertSender } from '../../../../src/source/telegram/convert/convert-chat.js';

type UserFields = Omit<ConstructorParameters<typeof Api.User>[0], 'id'>;
type ChannelFields = Partial<Omit<ConstructorParameters<typeof Api.Channel>[0], 'id'>>;

const photo = new Api.ChatPhotoEmpty();
const user = (id: number, fields: UserFields = {}): Api.User => new Api.User({ id: bigInt(id), ...fields });
const channel = (fields: ChannelFields = {}): Api.Channel =>
  new Api.Channel({ id: bigInt(50), title: 'Room', photo, date: 0, ...fields });
const basicGroup = new Api.Chat({ id: bigInt(6), title: 'Six', photo, participantsCount: 4, date: 0, version: 1 });

const self = { selfId: '1' };

describe('convertChat', () => {
  it.each([
    ['private', user(2, { firstName: 'Ann' })],
    ['bot', user(2, { bot: true })],
    ['saved-messages', user(1)],
    ['replies', user(1271266957)],
    ['verification-codes', user(489000)],
    ['private', new Api.UserEmpty({ id: bigInt(2) })],
    ['basic-group', basicGroup],
    ['basic-group', new Api.ChatForbidden({ id: bigInt(6), title: 'Six' })],
    ['supergroup', channel({ megagroup: true })],
    ['supergroup', channel({ gigagroup: true })],
    ['forum', channel({ megagroup: true, forum: true })],
    ['channel', channel({ broadcast: true })],
    ['channel', new Api.ChannelForbidden({ broadcast: true, id: bigInt(5), accessHash: bigInt(1), title: 'Off' })],
    ['supergroup', new Api.ChannelForbidden({ megagroup: true, id: bigInt(5), accessHash: bigInt(1), title: 'Off' })],
  ])('sees a chat of the kind %s', (kind, peer) => {
    expect(convertChat(peer, self).kind).toBe(kind);
  });

  it('names a person by first and last name, and is public by the username', () => {
    expect(convertChat(user(2, { firstName: 'Ann', lastName: 'Lee', username: 'annlee' }), self)).toStrictEqual({
      id: 'account1/user2',
      peerId: 'user2',
      kind: 'private',
      title: 'Ann',
      lastName: 'Lee',
      username: 'annlee',
      isPublic: true,
    });
  });

  it('has an empty title for a deleted account', () => {
    expect(convertChat(user(2, { deleted: true }), self)).toStrictEqual({
      id: 'account1/user2',
      peerId: 'user2',
      kind: 'private',
      title: '',
      isPublic: false,
    });
  });

  it('takes the active one of several usernames', () => {
    const usernames = [
      new Api.Username({ username: 'sold' }),
      new Api.Username({ username: 'room', active: true, editable: true }),
    ];
    expect(convertChat(channel({ usernames }), self)).toMatchObject({ username: 'room', isPublic: true });
  });

  it('adds the facts that the caller passes', () => {
    const options = { ...self, messageCount: 0, migratedFrom: 'chat6', lastMessageDateMs: 5000 } as const;
    expect(convertChat(channel({ megagroup: true, participantsCount: 9 }), options)).toStrictEqual({
      id: 'channel50',
      peerId: 'channel50',
      kind: 'supergroup',
      title: 'Room',
      isPublic: false,
      memberCount: 9,
      messageCount: 0,
      migratedFrom: 'chat6',
      lastMessageDateMs: 5000,
    });
  });

  it('has an empty title and no sender for a group of which only the id is known', () => {
    expect(convertChat(new Api.ChatEmpty({ id: bigInt(6) }), self)).toStrictEqual({
      id: 'account1/chat6',
      peerId: 'chat6',
      kind: 'basic-group',
      title: '',
      isPublic: false,
    });
    expect(convertSender(new Api.ChatEmpty({ id: bigInt(6) }))).toBeUndefined();
  });
});

describe('convertSender', () => {
  it.each([
    [user(2, { firstName: 'Ann', lastName: 'Lee', username: 'a' }), { name: 'Ann', lastName: 'Lee', username: 'a' }],
    [user(2, { firstName: 'Bot', bot: true }), { name: 'Bot', isBot: true }],
    [user(2, { deleted: true, firstName: '' }), { isDeleted: true }],
    [new Api.UserEmpty({ id: bigInt(2) }), { isDeleted: true }],
  ])('knows a user (%#)', (peer, expected) => {
    expect(convertSender(peer)).toStrictEqual({ id: 'user2', ...expected });
  });

  it('knows groups and channels by their titles', () => {
    expect(convertSender(basicGroup)).toStrictEqual({ id: 'chat6', name: 'Six' });
    expect(convertSender(channel({ username: 'room' }))).toStrictEqual({
      id: 'channel50',
      name: 'Room',
      username: 'room',
    });
  });
});
