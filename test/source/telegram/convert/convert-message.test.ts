import bigInt from 'big-integer';
import { Api } from 'telegram';
import { describe, expect, it } from 'vitest';

import { MIGRATED_ID_OFFSET } from '../../../../src/chat/chat.js';
import { convertMessage } from '../../../../src/source/telegram/convert/convert-message.js';
import { channel, CONTEXT, convert, group, message, RAW, service, user } from './convert-samples.js';

const replyTo = (fields: ConstructorParameters<typeof Api.MessageReplyHeader>[0]): Api.MessageReplyHeader =>
  new Api.MessageReplyHeader(fields);

describe('convertMessage', () => {
  it('gives nothing for a message that was deleted', () => {
    expect(convertMessage(new Api.MessageEmpty({ id: 3 }), CONTEXT)).toBeUndefined();
  });

  it('omits the fields that a message does not have', () => {
    expect(convert(message({ message: 'Hello' }))).toStrictEqual({
      id: 10,
      chatId: 'channel50',
      kind: 'message',
      dateMs: 1_700_000_000_000,
      senderId: 'user2',
      text: { text: 'Hello', entities: [] },
      media: [],
      raw: { bytes: RAW, layer: 198 },
    });
  });

  it('keeps all fields of a message', () => {
    const raw = message({
      out: true,
      pinned: true,
      silent: true,
      editDate: 1_700_000_060,
      postAuthor: 'The editor',
      viaBotId: bigInt(77),
      groupedId: bigInt('13579135791357913'),
      views: 0,
      forwards: 4,
      replies: new Api.MessageReplies({ replies: 5, repliesPts: 1 }),
    });
    expect(convert(raw)).toMatchObject({
      isOutgoing: true,
      isPinned: true,
      isSilent: true,
      editDateMs: 1_700_000_060_000,
      postAuthor: 'The editor',
      viaBotId: 'user77',
      albumId: '13579135791357913',
      viewCount: 0,
      forwardCount: 4,
      replyCount: 5,
    });
  });

  it('marks a message that Telegram does not send to this client', () => {
    expect(convert(message({ media: new Api.MessageMediaUnsupported() })).kind).toBe('unsupported');
  });

  it('takes the raw bytes from the context', () => {
    const raw = message();
    const bytes = Uint8Array.of(9);
    const converted = convert(raw, { layer: 201, rawBytes: (asked) => (asked === raw ? bytes : RAW) });
    expect(converted.raw).toEqual({ bytes, layer: 201 });
  });
});

describe('a flag', () => {
  it.each([
    ['out', 'isOutgoing'],
    ['pinned', 'isPinned'],
    ['silent', 'isSilent'],
  ] as const)('%s becomes %s and nothing else', (name, field) => {
    const flags = ['isOutgoing', 'isPinned', 'isSilent'];
    expect(Object.keys(convert(message({ [name]: true }))).filter((key) => flags.includes(key))).toEqual([field]);
  });
});

describe('the sender', () => {
  it.each([
    ['who is named', message(), 'user2'],
    ['an anonymous admin, who speaks as the group', message({ fromId: channel(50) }), 'channel50'],
    ['the channel, for a post', message({ fromId: null, post: true }), 'channel50'],
    ['the other one, in a private chat', message({ fromId: null, peerId: user(9) }), 'user9'],
    [
      'this account, for what it sent in a private chat',
      message({ fromId: null, peerId: user(9), out: true }),
      'user1',
    ],
    ['the group itself, when nobody is named', message({ fromId: undefined, peerId: group(6), out: true }), 'chat6'],
  ])('is %s', (_, raw, senderId) => {
    expect(convert(raw).senderId).toBe(senderId);
  });
});

describe('a reply', () => {
  it('names the message, and the chat only when it is another one', () => {
    expect(convert(message({ replyTo: replyTo({ replyToMsgId: 4 }) })).reply).toEqual({ messageId: 4 });
    expect(convert(message({ replyTo: replyTo({ replyToMsgId: 4, replyToPeerId: channel(50) }) })).reply).toEqual({
      messageId: 4,
    });
    expect(convert(message({ replyTo: replyTo({ replyToMsgId: 4, replyToPeerId: channel(51) }) })).reply).toEqual({
      messageId: 4,
      chatId: 'channel51',
    });
  });

  it('keeps the quote with its entities and where it was taken from', () => {
    const raw = message({
      replyTo: replyTo({
        quote: true,
        quoteText: 'so bold',
        quoteEntities: [new Api.MessageEntityBold({ offset: 3, length: 4 })],
        replyFrom: new Api.MessageFwdHeader({ fromName: 'Hidden', date: 5 }),
      }),
    });
    expect(convert(raw).reply).toEqual({
      quote: { text: 'so bold', entities: [{ kind: 'bold', offset: 3, length: 4 }] },
      origin: { fromName: 'Hidden', dateMs: 5000 },
    });
  });

  it('can refer to a story', () => {
    const raw = message({ replyTo: new Api.MessageReplyStoryHeader({ peer: user(8), storyId: 12 }) });
    expect(convert(raw).reply).toEqual({ chatId: 'user8', storyId: 12 });
  });

  it('belongs to a thread, which is a topic only in a forum', () => {
    const comment = convert(message({ replyTo: replyTo({ replyToMsgId: 9, replyToTopId: 3 }) }));
    expect(comment.reply).toEqual({ messageId: 9, threadId: 3 });
    expect(comment.topicId).toBeUndefined();

    const inTopic = convert(message({ replyTo: replyTo({ forumTopic: true, replyToMsgId: 9, replyToTopId: 3 }) }));
    expect(inTopic).toMatchObject({ topicId: 3, reply: { messageId: 9, threadId: 3 } });

    const firstLevel = convert(message({ replyTo: replyTo({ forumTopic: true, replyToMsgId: 3 }) }));
    expect(firstLevel).toMatchObject({ topicId: 3, reply: { messageId: 3, threadId: 3 } });
  });

  it('assigns the message that creates a topic to that topic', () => {
    const raw = service(new Api.MessageActionTopicCreate({ title: 'News', iconColor: 0 }));
    expect(convert(raw)).toMatchObject({ topicId: 10, service: { action: 'topic_created', title: 'News' } });
  });
});

describe('a history that moved into a supergroup', () => {
  const context = { idOffset: -MIGRATED_ID_OFFSET };

  it('has its own ids shifted, but not those of other chats', () => {
    const own = message({ peerId: group(6), replyTo: replyTo({ replyToMsgId: 4, replyToTopId: 2 }) });
    expect(convert(own, context)).toMatchObject({
      id: 10 - MIGRATED_ID_OFFSET,
      chatId: 'channel50',
      reply: { messageId: 4 - MIGRATED_ID_OFFSET, threadId: 2 - MIGRATED_ID_OFFSET },
    });
    const foreign = message({ peerId: group(6), replyTo: replyTo({ replyToMsgId: 4, replyToPeerId: user(3) }) });
    expect(convert(foreign, context).reply).toEqual({ messageId: 4, chatId: 'user3' });
  });

  it('pins by the shifted id', () => {
    const pin = service(new Api.MessageActionPinMessage(), {
      peerId: group(6),
      replyTo: replyTo({ replyToMsgId: 4 }),
    });
    expect(convert(pin, context).service).toEqual({ action: 'pin_message', messageId: 4 - MIGRATED_ID_OFFSET });
  });
});

describe('a forward', () => {
  it('keeps who wrote it first, when, where, and where it was saved from', () => {
    const fwdFrom = new Api.MessageFwdHeader({
      fromId: channel(60),
      date: 1_600_000_000,
      channelPost: 33,
      postAuthor: 'Editor',
      savedFromPeer: user(4),
      savedFromMsgId: 44,
    });
    expect(convert(message({ fwdFrom })).forward).toEqual({
      fromId: 'channel60',
      dateMs: 1_600_000_000_000,
      messageId: 33,
      postAuthor: 'Editor',
      savedFromId: 'user4',
      savedFromMessageId: 44,
    });
  });

  it('keeps the name of a hidden sender', () => {
    const fwdFrom = new Api.MessageFwdHeader({ fromName: 'Somebody', date: 1 });
    expect(convert(message({ fwdFrom })).forward).toEqual({ fromName: 'Somebody', dateMs: 1000 });
  });
});

describe('reactions', () => {
  it('are counted, with the last ones by each', () => {
    const heart = new Api.ReactionEmoji({ emoticon: '❤' });
    const custom = new Api.ReactionCustomEmoji({ documentId: bigInt('5368324170671202286') });
    const reactions = new Api.MessageReactions({
      results: [
        new Api.ReactionCount({ reaction: heart, count: 3, chosenOrder: 0 }),
        new Api.ReactionCount({ reaction: custom, count: 1 }),
        new Api.ReactionCount({ reaction: new Api.ReactionPaid(), count: 50 }),
        new Api.ReactionCount({ reaction: new Api.ReactionEmpty(), count: 2 }),
      ],
      recentReactions: [
        new Api.MessagePeerReaction({ peerId: user(3), date: 20, reaction: heart }),
        new Api.MessagePeerReaction({ peerId: channel(4), date: 15, reaction: custom }),
        new Api.MessagePeerReaction({ peerId: user(1), date: 10, reaction: heart, my: true }),
      ],
    });
    const expected = [
      {
        kind: 'emoji',
        emoji: '❤',
        count: 3,
        chosenByMe: true,
        recent: [
          { senderId: 'user3', dateMs: 20_000 },
          { senderId: 'user1', dateMs: 10_000 },
        ],
      },
      {
        kind: 'custom-emoji',
        documentId: '5368324170671202286',
        count: 1,
        recent: [{ senderId: 'channel4', dateMs: 15_000 }],
      },
      { kind: 'paid', count: 50 },
      { kind: 'empty', count: 2 },
    ];
    expect(convert(message({ reactions })).reactions).toStrictEqual(expected);
    expect(convert(service(new Api.MessageActionHistoryClear(), { reactions })).reactions).toStrictEqual(expected);
  });

  it('are absent when there are none left', () => {
    const none = new Api.MessageReactions({ results: [] });
    expect(convert(message({ reactions: none }))).not.toHaveProperty('reactions');
  });
});
