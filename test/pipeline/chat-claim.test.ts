import { describe, expect, it } from 'vitest';

import { Archive } from '../../src/archive/archive.js';
import type { Account } from '../../src/chat/account.js';
import { type ChatId, peerOf } from '../../src/chat/chat-id.js';
import type { ChatKind } from '../../src/chat/chat.js';
import type { Message } from '../../src/chat/message.js';
import { claimChats } from '../../src/pipeline/chat-claim.js';
import type { MailboxMessage } from '../../src/source/live-source.js';
import { chatNamed, recordOf, textMessage } from '../archive/sample-message.js';
import { temporaryDirectory } from '../archive/temporary-directory.js';

const ANN: Account = { id: '7001', name: 'Ann', username: 'ann', isBot: false };
const CLEO = 'account?/user42';
const NEWS = 'channel5';
const { signal } = new AbortController();

interface OldChat {
  readonly id: ChatId;
  readonly kind?: ChatKind;
  readonly messages?: readonly Message[];
}

/** What an archive has that was made before accounts were known. */
async function archiveOf(chats: readonly OldChat[]): Promise<Archive> {
  const archive = await Archive.open(temporaryDirectory());
  for (const { id, kind = 'private', messages = [] } of chats) {
    archive.placeChat({ ...chatNamed(id), kind });
    const records = messages.map((message) => recordOf({ ...message, chatId: id }));
    const cursor = messages.at(-1)?.id ?? 0;
    const reached = { account: '?', firstMessageId: messages[0]?.id ?? 0, cursor };
    archive.commit({ chatId: id, records, senders: [], reached });
  }
  return archive;
}

/** The mailbox of an account, and which ids it was asked for. */
class Mailbox {
  readonly account = ANN;
  readonly asked: number[][] = [];
  readonly #messages: readonly MailboxMessage[];

  constructor(messages: readonly MailboxMessage[] = []) {
    this.#messages = messages;
  }

  mailboxMessages(ids: readonly number[]): Promise<readonly MailboxMessage[]> {
    this.asked.push([...ids]);
    return Promise.resolve(this.#messages.filter(({ id }) => ids.includes(id)));
  }
}

function there(id: number, chat: ChatId = CLEO, { dateMs } = textMessage(id)): MailboxMessage {
  return { id, peerId: peerOf(chat), dateMs };
}

function idsOf(archive: Archive): readonly string[] {
  return archive.chats().map(({ chat }) => chat.id);
}

describe('chats of which nobody knows the account', () => {
  it('become the account of which one message at least is there, with their cursors', async () => {
    using archive = await archiveOf([
      { id: CLEO, messages: [textMessage(1), textMessage(2)] },
      { id: NEWS, kind: 'channel', messages: [textMessage(9)] },
    ]);
    const source = new Mailbox([there(2)]);
    await claimChats({ archive, source, signal });
    expect(idsOf(archive).toSorted()).toEqual(['account7001/user42', NEWS]);
    expect(archive.chatAccounts.one('account7001/user42', '7001')).toMatchObject({ cursor: 2 });
    expect(archive.chatAccounts.one(NEWS, '7001')).toMatchObject({ cursor: 9 });
    expect(source.asked.map((ids) => ids.toSorted())).toEqual([[1, 2]]);
    await claimChats({ archive, source, signal });
    expect(source.asked).toHaveLength(1); // Everything is known by now.
  });

  it('are asked for by their newest messages: five of each chat, each id once', async () => {
    using archive = await archiveOf([
      { id: CLEO, messages: [1, 2, 3, 4, 5, 6, 7].map((id) => textMessage(id)) },
      { id: 'account?/user43', messages: [textMessage(7)] },
    ]);
    const source = new Mailbox([there(7)]);
    await expect(claimChats({ archive, source, signal })).rejects.toThrow(
      'message 7 of the chat with user43 in the archive is a different message in this account',
    );
    expect(source.asked.map((ids) => ids.toSorted())).toEqual([[3, 4, 5, 6, 7]]);
  });

  it('are asked for by 300 messages at most', async () => {
    const chats = Array.from({ length: 61 }, (_, chat) => ({
      id: `account?/user${chat + 100}` as const,
      messages: Array.from({ length: 5 }, (_, index) => textMessage(chat * 5 + index + 1)),
    }));
    using archive = await archiveOf(chats);
    const source = new Mailbox();
    await expect(claimChats({ archive, source, signal })).rejects.toMatchObject({ code: 'USAGE' });
    expect(source.asked.map(({ length }) => length)).toEqual([300]);
  });

  it.each([
    ['in another chat', there(1, 'account?/user43')],
    ['sent at another time', { ...there(1), dateMs: 5 }],
  ])('stay as they are when a message of theirs is there %s', async (_, message) => {
    using archive = await archiveOf([{ id: CLEO, messages: [textMessage(1), textMessage(2)] }]);
    const claiming = claimChats({ archive, source: new Mailbox([message, there(2)]), signal });
    await expect(claiming).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(
        /cannot be assigned to Ann \(@ann, id 7001\): message 1 of the chat with user42 in the archive is a different message/,
      ) as string,
    });
    expect(idsOf(archive)).toEqual([CLEO]);
  });

  it('stay as they are when none of their messages is there', async () => {
    using archive = await archiveOf([{ id: CLEO, messages: [textMessage(1)] }]);
    await expect(claimChats({ archive, source: new Mailbox(), signal })).rejects.toThrow(
      'none of their messages is in this account, so it is unknown whether they were exported from it',
    );
    expect(idsOf(archive)).toEqual([CLEO]);
  });

  it('become those of the account where none of them has a message', async () => {
    using archive = await archiveOf([{ id: CLEO }]);
    await claimChats({ archive, source: new Mailbox(), signal });
    expect(idsOf(archive)).toEqual(['account7001/user42']);
  });

  it.each<[string, OldChat, string]>([
    [
      'the saved messages of another',
      { id: 'account?/user8', kind: 'saved-messages' },
      'the saved messages in the archive are those of user8',
    ],
    [
      'a private chat with the account itself',
      { id: 'account?/user7001' },
      'the archive has a private chat with user7001, which is this account itself',
    ],
    [
      'a message that another has sent as the account itself',
      { id: CLEO, messages: [textMessage(1, 'text', { isOutgoing: true, senderId: 'user8' })] },
      'the outgoing messages in the archive were sent by user8',
    ],
  ])('stay as they are where there is %s, without a request', async (_, chat, why) => {
    using archive = await archiveOf([chat, { id: 'account?/user43', messages: [textMessage(2)] }]);
    const source = new Mailbox([there(2, 'account?/user43')]);
    await expect(claimChats({ archive, source, signal })).rejects.toThrow(why);
    expect(source.asked).toEqual([]);
  });

  it.each<[string, OldChat]>([
    ['the saved messages', { id: 'account?/user7001', kind: 'saved-messages', messages: [textMessage(1)] }],
    ['what it has sent', { id: CLEO, messages: [textMessage(1, 'text', { isOutgoing: true, senderId: 'user7001' })] }],
  ])('become those of the account for %s alone', async (_, chat) => {
    using archive = await archiveOf([chat]);
    await claimChats({ archive, source: new Mailbox(), signal });
    expect(idsOf(archive)).toEqual([chat.id.replace('?', '7001')]);
  });

  it('ask for nothing where there are none', async () => {
    using archive = await Archive.open(temporaryDirectory());
    archive.placeChat(chatNamed('account8/user42'));
    const source = new Mailbox();
    await claimChats({ archive, source, signal });
    expect([source.asked, idsOf(archive)]).toEqual([[], ['account8/user42']]);
  });

  it('disturb nobody where they are channels alone, which are walked anew if nothing tells whose they are', async () => {
    using archive = await archiveOf([{ id: NEWS, kind: 'channel', messages: [textMessage(9)] }]);
    await claimChats({ archive, source: new Mailbox(), signal });
    expect(archive.chatAccounts.one(NEWS, '7001')).toBeUndefined();
    expect(archive.chatAccounts.one(NEWS, '?')).toMatchObject({ cursor: 9 });
  });
});
