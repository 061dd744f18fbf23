import { test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';

import { LocalTime } from '../../../src/render/desktop/local-time.js';
import { messageText } from '../../../src/render/desktop/message-text.js';
import { PeerNames } from '../../../src/render/desktop/peer-names.js';
import { arbitraryRecord } from '../../archive/arbitrary-message.js';
import { messageProblems } from '../desktop-schema.js';
import { CHAT, DATE_MS, particulars, rendered, renderedText, text, TIME_ZONE } from './rendered-message.js';
import { throughUtf8 } from './through-utf8.js';

describe('a message', () => {
  it('is laid out byte for byte as Telegram Desktop does', () => {
    const written = renderedText({
      editDateMs: DATE_MS + 60_000,
      postAuthor: 'Sig',
      forward: { fromId: 'channel7' },
      reply: { messageId: 2, chatId: 'chat4' },
      text: text('Hi you', { kind: 'bold', offset: 3, length: 3 }),
    });
    expect(written.split('\n')).toEqual([
      '{',
      '   "id": 5,',
      '   "type": "message",',
      '   "date": "2024-01-12T13:00:05",',
      '   "date_unixtime": "1705053605",',
      '   "edited": "2024-01-12T13:01:05",',
      '   "edited_unixtime": "1705053665",',
      '   "from": "Ann Lee",',
      '   "from_id": "user100",',
      '   "author": "Sig",',
      '   "forwarded_from": "Другие",',
      '   "forwarded_from_id": "channel7",',
      '   "reply_to_message_id": 2,',
      '   "reply_to_peer_id": "chat4",',
      '   "text": [',
      '    "Hi ",',
      '    {',
      '     "type": "bold",',
      '     "text": "you"',
      '    }',
      '   ],',
      '   "text_entities": [',
      '    {',
      '     "type": "plain",',
      '     "text": "Hi "',
      '    },',
      '    {',
      '     "type": "bold",',
      '     "text": "you"',
      '    }',
      '   ]',
      '  }',
    ]);
  });

  it('has both text keys and nothing else when there is nothing to say', () => {
    expect(Object.keys(rendered({}))).toEqual([
      'id',
      'type',
      'date',
      'date_unixtime',
      'from',
      'from_id',
      'text',
      'text_entities',
    ]);
  });

  it('has no sender where there is none, and null where it is a deleted or unknown one', () => {
    expect(particulars({ senderId: undefined } as object)).toEqual([]);
    expect(particulars({ senderId: 'user404' })).toEqual([
      ['from', null],
      ['from_id', 'user404'],
    ]);
    expect(rendered({ senderId: 'user999' })['from']).toBeNull();
  });

  it('names the chat itself as the sender of a post', () => {
    expect(rendered({ senderId: CHAT.peerId })).toMatchObject({ from: 'News', from_id: 'channel9' });
  });

  it.each([
    [{ fromName: 'Hidden' }, { forwarded_from: 'Hidden' }],
    [{ fromId: 'user404' }, { forwarded_from: null, forwarded_from_id: 'user404' }],
    [
      { fromId: 'user999', fromName: 'Known' },
      { forwarded_from: 'Known', forwarded_from_id: 'user999' },
    ],
    [
      { fromId: 'user100', savedFromId: 'channel7' },
      { forwarded_from: 'Ann Lee', saved_from: 'Другие' },
    ],
    [{ fromId: 'user100', savedFromId: 'user999' }, { saved_from: null }],
  ] as const)('says of a forward %j', (forward, expected) => {
    expect(rendered({ forward })).toMatchObject(expected);
  });

  it('names the bot it came by, if the bot has a username', () => {
    expect(rendered({ viaBotId: 'user300' })).toMatchObject({
      via_bot: '@helper',
      chatferry: { via_bot_id: 'user300' },
    });
    expect(rendered({ viaBotId: 'user999' })).not.toHaveProperty('via_bot');
  });

  it('has buttons and reactions after the text', () => {
    const written = rendered({
      senderId: 'user300',
      buttons: [
        [
          { type: 'callback', text: 'Go', dataBase64: '-_8B' },
          { type: 'url', text: 'Site', data: 'https://e.x' },
        ],
        [{ type: 'auth', text: '', data: '', forwardText: 'Log in', buttonId: '4' }],
      ],
      reactions: [
        { kind: 'emoji', emoji: '❤', count: 2, recent: [{ senderId: 'user100', dateMs: DATE_MS }] },
        { kind: 'custom-emoji', documentId: '5368324170671202286', count: 1, recent: [] },
        { kind: 'paid', count: 3, recent: [{ senderId: 'user404', dateMs: DATE_MS }] },
      ],
    });
    expect(Object.keys(written).slice(-4)).toEqual(['text_entities', 'inline_bot_buttons', 'reactions', 'chatferry']);
    expect(JSON.stringify(written['inline_bot_buttons'])).toBe(
      '[[{"type":"callback","text":"Go","dataBase64":"-_8B","data":""},{"type":"url","text":"Site","data":"https://e.x"}],' +
        '[{"type":"auth","forward_text":"Log in","button_id":4}]]',
    );
    expect(JSON.stringify(written['reactions'])).toBe(
      '[{"type":"emoji","count":2,"emoji":"❤","recent":[{"from":"Ann Lee","from_id":"user100","date":"2024-01-12T13:00:05"}]},' +
        '{"type":"custom_emoji","count":1,"document_id":""},' +
        '{"type":"paid","count":3,"recent":[{"from":null,"from_id":"user404","date":"2024-01-12T13:00:05"}]}]',
    );
    expect(written).toHaveProperty('chatferry.reactions.1.document_id', '5368324170671202286');
    expect(messageProblems(written, TIME_ZONE)).toEqual([]);
  });
});

describe('a message that this or that client cannot read', () => {
  it('is its id and nothing else, as Telegram Desktop has it, with the rest beside', () => {
    const unsupported = rendered({ kind: 'unsupported', text: text('caption'), viewCount: 3 });
    expect(JSON.stringify(unsupported)).toBe(
      '{"id":5,"type":"unsupported","chatferry":' +
        `{"kind":"unsupported","date_ms":${DATE_MS},"sender_id":"user100","view_count":3,"text":{"text":"caption","entities":[]}}}`,
    );
  });

  it('keeps the bytes of an undecoded one', () => {
    const undecoded = rendered({ kind: 'undecoded', dateMs: 0, raw: { bytes: Uint8Array.of(1, 2, 255), layer: 198 } });
    expect(undecoded).toMatchObject({
      type: 'unsupported',
      chatferry: { kind: 'undecoded', raw: { layer: 198, bytes: 'AQL/' } },
    });
  });
});

describe('what Telegram Desktop leaves out', () => {
  it.each([
    [{ albumId: '13' }, { album_id: '13' }],
    [{ topicId: 7 }, { topic_id: 7 }],
    [
      { viewCount: 1, forwardCount: 2, replyCount: 0 },
      { view_count: 1, forward_count: 2, reply_count: 0 },
    ],
    [
      { isPinned: true, isSilent: true, isOutgoing: false },
      { is_pinned: true, is_silent: true, is_outgoing: false },
    ],
    [
      { reply: { messageId: 1, threadId: 4, quote: text('q') } },
      { reply: { thread_id: 4, quote: { text: 'q', entities: [] } } },
    ],
    [{ reply: { storyId: 8 } }, { reply: { story_id: 8 } }],
    [
      { forward: { fromId: 'channel7', dateMs: 1000, messageId: 3, savedFromMessageId: 6 } },
      { forward: { date_ms: 1000, message_id: 3, saved_from_message_id: 6 } },
    ],
    [{ content: { kind: 'dice', emoticon: '🎲', value: 6 } }, { content: { kind: 'dice', emoticon: '🎲', value: 6 } }],
    [
      { content: { kind: 'story', peerId: 'user100', storyId: 2 } },
      { content: { kind: 'story', peer_id: 'user100', story_id: 2 } },
    ],
    [
      { content: { kind: 'web-page', url: 'https://e.x', siteName: 'E' } },
      { content: { kind: 'web-page', url: 'https://e.x', site_name: 'E' } },
    ],
    [
      { reactions: [{ kind: 'emoji', emoji: 'x', count: 1, chosenByMe: true }] },
      { reactions: [{ chosen_by_me: true }] },
    ],
    [
      { text: text('ab', { kind: 'bold', offset: 0, length: 2 }, { kind: 'italic', offset: 1, length: 1 }) },
      {
        entities: [
          { kind: 'bold', offset: 0, length: 2 },
          { kind: 'italic', offset: 1, length: 1 },
        ],
      },
    ],
    [
      { text: text('e', { kind: 'custom-emoji', offset: 0, length: 1, documentId: '9' }) },
      { entities: [{ kind: 'custom-emoji', offset: 0, length: 1, document_id: '9' }] },
    ],
  ] as const)('is beside: %j', (of, extra) => {
    const written = rendered(of);
    expect(written['chatferry']).toMatchObject(extra);
    expect(messageProblems(written, TIME_ZONE)).toEqual([]);
  });

  it('is not there where Desktop says it all', () => {
    expect(
      rendered({
        forward: { fromId: 'user100' },
        reply: { messageId: 1, chatId: 'chat4' },
        text: text('x', { kind: 'bold', offset: 0, length: 1 }),
        reactions: [{ kind: 'emoji', emoji: 'x', count: 1 }],
        content: { kind: 'paid-media', stars: 5 },
      }),
    ).not.toHaveProperty('chatferry');
  });

  it('includes fields that a message gains later', () => {
    expect(rendered({ effectId: '77' } as object)).toMatchObject({ chatferry: { effect_id: '77' } });
  });
});

describe('any message', () => {
  const names = new PeerNames(CHAT, () => undefined);
  const time = new LocalTime(TIME_ZONE);

  test.prop([arbitraryRecord(CHAT.id)], { numRuns: 500 })(
    'is valid JSON with its keys once and its text whole',
    (record) => {
      const written = messageText(record, { names, time });
      const parsed = JSON.parse(written) as Record<string, unknown>;
      expect(parsed['id']).toBe(record.message.id);
      // A key that stood twice would be lost in parsing.
      const keys = written.match(/^ {3}"\w+": /gm)?.map((line) => line.trim().slice(1, -2));
      expect(keys).toEqual(Object.keys(parsed));
      if (parsed['type'] === 'unsupported') return;
      expect(parsed).toMatchObject({ date: expect.any(String) as string, date_unixtime: expect.any(String) as string });
      const parts = parsed['text_entities'] as { text: string }[];
      expect(parts.map((part) => part.text).join('')).toBe(throughUtf8(record.message.text.text));
    },
  );
});
