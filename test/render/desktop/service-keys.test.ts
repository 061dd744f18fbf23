import { describe, expect, it } from 'vitest';

import type { ServiceAction } from '../../../src/chat/service-action.js';
import { messageProblems } from '../desktop-schema.js';
import { ACTIONS } from '../desktop-service-schema.js';
import { DATE_MS, particulars, rendered, renderedText, text, TIME_ZONE } from './rendered-message.js';

const ANN = { actor: 'Ann Lee', actor_id: 'user100' };

/** Every action with its particulars as result.json has them, in order. */
const ROWS: readonly (readonly [action: ServiceAction, withActor: boolean, expected: object])[] = [
  [
    { action: 'create_group', title: 'Club', memberIds: ['user100', 'user404'] },
    true,
    { title: 'Club', members: ['Ann Lee', null] },
  ],
  [{ action: 'edit_group_title', title: 'T' }, true, { title: 'T' }],
  [{ action: 'create_channel', title: 'C' }, true, { title: 'C' }],
  [{ action: 'migrate_from_group', title: 'Old' }, true, { title: 'Old' }],
  [{ action: 'topic_created', title: 'Topic' }, true, { title: 'Topic' }],
  [{ action: 'invite_members', memberIds: ['user300'] }, true, { members: ['Bot'] }],
  [{ action: 'remove_members', memberIds: ['user999'] }, true, { members: [null] }],
  [{ action: 'invite_to_group_call', memberIds: [] }, true, { members: [] }],
  [{ action: 'join_group_by_link', inviterId: 'user300' }, true, { inviter: 'Bot' }],
  [{ action: 'topic_edit' }, true, {}],
  [{ action: 'topic_edit', newTitle: 'New', newIconEmojiId: '5' }, true, { new_title: 'New', new_icon_emoji_id: 5 }],
  [{ action: 'topic_edit', newIconEmojiId: '0' }, true, { new_icon_emoji_id: 0 }],
  [{ action: 'pin_message', messageId: 4 }, true, { message_id: 4 }],
  [{ action: 'pin_message', messageId: 4, peerId: 'chat6' }, true, { message_id: 4, reply_to_peer_id: 'chat6' }],
  [{ action: 'pin_message', messageId: 0 }, true, {}],
  [{ action: 'set_chat_wallpaper' }, true, {}],
  [{ action: 'set_same_chat_wallpaper', messageId: 4 }, true, { message_id: 4 }],
  [{ action: 'score_in_game', gameMessageId: 3, score: 0 }, true, { game_message_id: 3, score: 0 }],
  [
    { action: 'send_payment', amount: 150, currency: 'USD', invoiceMessageId: 2, recurring: 'init' },
    false,
    { amount: 150, currency: 'USD', invoice_message_id: 2, recurring: 'init' },
  ],
  [{ action: 'phone_call' }, true, {}],
  [
    { action: 'phone_call', durationSeconds: 9, discardReason: 'busy' },
    true,
    { duration_seconds: 9, discard_reason: 'busy' },
  ],
  [
    { action: 'conference_call', durationSeconds: 30, isActive: true, isMissed: false },
    true,
    { duration_seconds: 30, is_active: true, is_missed: false },
  ],
  [{ action: 'allow_sending_messages', domain: 'x.org' }, true, { reason_domain: 'x.org' }],
  [
    { action: 'allow_sending_messages', appId: '7', appName: 'App' },
    true,
    { reason_app_id: 7, reason_app_name: 'App' },
  ],
  [{ action: 'send_passport_values', values: ['passport', 'email'] }, false, { values: ['passport', 'email'] }],
  [
    { action: 'proximity_reached', fromId: 'user100', toId: 'channel7', distance: 20 },
    false,
    { from: 'Ann Lee', from_id: 'user100', to: 'Другие', to_id: 'channel7', distance: 20 },
  ],
  [{ action: 'group_call' }, true, {}],
  [{ action: 'group_call', durationSeconds: 30 }, true, { duration: 30 }],
  [{ action: 'set_messages_ttl', periodSeconds: 86_400 }, true, { period: 86_400 }],
  [{ action: 'group_call_scheduled', scheduleDateMs: DATE_MS }, true, { schedule_date: 1_705_053_605 }],
  [{ action: 'edit_chat_theme' }, true, {}],
  [{ action: 'edit_chat_theme', emoticon: '❤' }, true, { emoticon: '❤' }],
  [{ action: 'send_webview_data', text: 'button' }, false, {}],
  [{ action: 'send_premium_gift' }, true, {}],
  [{ action: 'send_premium_gift', amount: 499, currency: 'USD', months: 3 }, true, { cost: '4.99 USD', months: 3 }],
  [{ action: 'send_premium_gift', amount: 100, currency: 'JPY', days: 30 }, true, { cost: '100 JPY', days: 30 }],
  [
    { action: 'requested_peer', buttonId: 3, peerIds: ['user5', 'chat6', 'channel9'] },
    true,
    { button_id: 3, peers: '[\n    5,\n    281474976710662,\n    562949953421321\n   ]' },
  ],
  [
    {
      action: 'gift_code_prize',
      code: 'CODE',
      boostPeerId: 'channel9',
      months: 3,
      unclaimed: false,
      viaGiveaway: true,
    },
    false,
    { gift_code: 'CODE', boost_peer_id: 'channel9', months: 3, unclaimed: false, via_giveaway: true },
  ],
  [
    { action: 'giveaway_results', winners: 3, unclaimed: 1, stars: true },
    false,
    { winners: 3, unclaimed: 1, stars: true },
  ],
  [{ action: 'boost_apply', boosts: 2 }, true, { boosts: 2 }],
  [
    { action: 'refunded_payment', amount: 99, currency: 'EUR', peerId: 'user300', chargeId: 'tx1' },
    false,
    { amount: 99, currency: 'EUR', peer_name: 'Bot', peer_id: 'user300', charge_id: 'tx1' },
  ],
  [
    { action: 'send_stars_gift', amount: 5, currency: 'XTR', gift: { whole: 50, nano: 0 } },
    true,
    { cost: '5 XTR', amount_whole: 50, amount_nano: 0 },
  ],
  [
    { action: 'send_ton_gift', gift: { whole: 2, nano: 500_000_000 } },
    true,
    { amount_whole: 2, amount_nano: 500_000_000 },
  ],
  [
    {
      action: 'stars_prize',
      boostPeerId: 'channel7',
      stars: 50,
      isUnclaimed: true,
      giveawayMessageId: 12,
      transactionId: 'tx',
    },
    true,
    {
      boost_peer_id: 'channel7',
      boost_peer_name: 'Другие',
      stars: 50,
      is_unclaimed: true,
      giveaway_msg_id: 12,
      transaction_id: 'tx',
    },
  ],
  [
    { action: 'send_star_gift', giftId: '25', stars: 25, isLimited: false, isAnonymous: true, text: text('hi') },
    true,
    { gift_id: 25, stars: 25, is_limited: false, is_anonymous: true, gift_text: 'hi' },
  ],
  [{ action: 'paid_messages_refund', messageCount: 3, stars: 30 }, true, { messages_count: 3, stars_count: 30 }],
  [
    { action: 'paid_messages_price_change', stars: 10, broadcastMessagesAllowed: true },
    true,
    { price_stars: 10, is_broadcast_messages_allowed: true },
  ],
  [
    { action: 'todo_completions', completedIds: [1, 2], incompletedIds: [] },
    true,
    { completed: [1, 2], incompleted: [] },
  ],
  [
    { action: 'todo_append_tasks', items: [{ id: 2, text: text('b', { kind: 'bold', offset: 0, length: 1 }) }] },
    true,
    { items: [{ text: [{ type: 'bold', text: 'b' }], id: 2 }] },
  ],
  [{ action: 'giveaway_launch' }, false, {}],
  ...(
    [
      'delete_group_photo',
      'clear_history',
      'migrate_to_supergroup',
      'take_screenshot',
      'joined_telegram',
      'requested_phone_number',
      'join_group_by_request',
      'attach_menu_bot_allowed',
      'web_app_bot_allowed',
    ] as const
  ).map((action) => [{ action }, true, {}] as const),
];

describe('a service message', () => {
  it.each(ROWS)('%j says who (%s), what and the particulars, in order', (service, withActor, expected) => {
    const of = { kind: 'service', service } as const;
    const { action } = service;
    expect(JSON.stringify(particulars(of))).toBe(
      JSON.stringify(Object.entries({ ...(withActor ? ANN : {}), action, ...expected })),
    );
    expect(messageProblems(rendered(of), TIME_ZONE)).toEqual([]);
  });

  it.each(['edit_group_photo', 'suggest_profile_photo'] as const)('%s has the keys of a photo', (action) => {
    const of = { kind: 'service', service: { action } } as const;
    const picture = {
      state: 'stored',
      media: { kind: 'photo', role: 'chat-photo', width: 10, height: 20 },
      file: { path: 'media/photos/p.jpg', sizeBytes: 5, sha256: '0'.repeat(64) },
    } as const;
    expect(particulars(of, [picture])).toEqual(
      Object.entries({ ...ANN, action, photo: 'media/photos/p.jpg', photo_file_size: 5, width: 10, height: 20 }),
    );
    expect(messageProblems(rendered(of, [picture]), TIME_ZONE)).toEqual([]);
  });

  it('covers every action that Telegram Desktop has a word for', () => {
    const covered = new Set<string>(ROWS.map(([{ action }]) => action));
    const missing = Object.keys(ACTIONS).filter((action) => !covered.has(action));
    expect(missing).toEqual(['edit_group_photo', 'suggest_profile_photo']); // The test above.
  });

  it('has no word for a custom action, only its text', () => {
    const of = { kind: 'service', service: { action: 'custom', informationText: 'hi' } } as const;
    expect(particulars(of)).toEqual(Object.entries({ ...ANN, information_text: 'hi' }));
    expect(messageProblems(rendered(of), TIME_ZONE)).toEqual([]);
  });

  it.each([
    ['MessageActionGiftTon', 'gift_ton'],
    ['messageActionSetChatTheme', 'set_chat_theme'],
    ['MessageAction', 'message_action'],
  ])('is named after its constructor %s where there is no word', (constructorName, word) => {
    const of = { kind: 'service', service: { action: 'other', constructorName } } as const;
    expect(rendered(of)).toMatchObject({ action: word, chatferry: { service: { constructor_name: constructorName } } });
    expect(messageProblems(rendered(of), TIME_ZONE)).toEqual([]);
  });

  it('has an empty text and no entities, on one line', () => {
    expect(renderedText({ kind: 'service', service: { action: 'clear_history' } })).toContain(
      '   "action": "clear_history",\n   "text": "",\n   "text_entities": []\n  }',
    );
  });

  it('has the ids of to-do items on one line, and of no members on two', () => {
    const todo = { action: 'todo_completions', completedIds: [1, 2], incompletedIds: [] } as const;
    expect(renderedText({ kind: 'service', service: todo })).toContain(
      '   "completed": [1,2],\n   "incompleted": [],\n',
    );
    const invite = { action: 'invite_members', memberIds: [] } as const;
    expect(renderedText({ kind: 'service', service: invite })).toContain('   "members": [\n   ],\n');
  });

  it('keeps all 64 bits of ids', () => {
    const gift = {
      action: 'send_star_gift',
      giftId: '18446744073709551614',
      stars: 1,
      isLimited: false,
      isAnonymous: false,
      text: text(''),
    } as const;
    expect(renderedText({ kind: 'service', service: gift })).toContain('   "gift_id": 18446744073709551614,\n');
  });

  it.each<[ServiceAction, object]>([
    [{ action: 'invite_members', memberIds: ['user999'] }, { member_ids: ['user999'] }],
    [{ action: 'join_group_by_link', inviterId: 'user404' }, { inviter_id: 'user404' }],
    [{ action: 'send_webview_data', text: 'button' }, { text: 'button' }],
    [
      { action: 'send_premium_gift', amount: 499, currency: 'USD' },
      { amount: 499, currency: 'USD' },
    ],
  ])('has beside what Desktop turns into names or leaves out: %j', (service, extra) => {
    expect(rendered({ kind: 'service', service })).toMatchObject({ chatferry: { service: extra } });
  });

  it('has beside what it answers and how it was received', () => {
    const service = { action: 'clear_history' } as const;
    const reply = { messageId: 3, chatId: 'chat4' } as const;
    const written = rendered({ kind: 'service', service, reply, reactions: [{ kind: 'emoji', emoji: 'x', count: 1 }] });
    expect(written).toMatchObject({
      reactions: [{ count: 1 }],
      chatferry: { reply: { message_id: 3, chat_id: 'chat4' } },
    });
    expect(messageProblems(written, TIME_ZONE)).toEqual([]);
  });
});
