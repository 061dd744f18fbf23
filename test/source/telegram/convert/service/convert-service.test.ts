import bigInt from 'big-integer';
import { Api } from 'telegram';
import { describe, expect, it } from 'vitest';

import type { Reply } from '../../../../../src/chat/message.js';
import type { ServiceAction } from '../../../../../src/chat/service-action.js';
import { convertService } from '../../../../../src/source/telegram/convert/service/convert-service.js';
import { channel, constructorsOf, group, user } from '../convert-samples.js';

const photo = new Api.PhotoEmpty({ id: bigInt(1) });
const call = new Api.InputGroupCall({ id: bigInt(1), accessHash: bigInt(2) });
const charge = new Api.PaymentCharge({ id: 'charge-1', providerChargeId: 'p' });
const wallpaper = new Api.WallPaperNoFile({ id: bigInt(1) });
const users = [bigInt(2), bigInt('6123456789012')];
const memberIds = ['user2', 'user6123456789012'] as const;
const payment = { currency: 'EUR', totalAmount: bigInt(999) };
const gift = new Api.StarGift({
  id: bigInt('5170145012310081615'),
  sticker: new Api.DocumentEmpty({ id: bigInt(1) }),
  stars: bigInt(15),
  convertStars: bigInt(13),
  limited: true,
});
const uniqueGift = new Api.StarGiftUnique({
  id: bigInt(8),
  title: 'Cap',
  slug: 'cap-1',
  num: 1,
  attributes: [],
  availabilityIssued: 1,
  availabilityTotal: 2,
});
const happy = new Api.TextWithEntities({
  text: 'Happy',
  entities: [new Api.MessageEntityBold({ offset: 0, length: 5 })],
});
const app = new Api.BotApp({
  id: bigInt(33),
  accessHash: bigInt(1),
  shortName: 'app',
  title: 'The app',
  description: '',
  photo,
  hash: bigInt(0),
});
const passport = new Api.SecureValueTypePassport();
const address = new Api.SecureValueTypeAddress();

const inReply: Reply = { messageId: 42 };

type Row = readonly [Api.TypeMessageAction, ServiceAction, Reply?];

const rows: readonly Row[] = [
  [new Api.MessageActionEmpty(), { action: 'other', constructorName: 'MessageActionEmpty' }],
  [new Api.MessageActionChatCreate({ title: 'T', users }), { action: 'create_group', title: 'T', memberIds }],
  [new Api.MessageActionChatEditTitle({ title: 'U' }), { action: 'edit_group_title', title: 'U' }],
  [new Api.MessageActionChatEditPhoto({ photo }), { action: 'edit_group_photo' }],
  [new Api.MessageActionChatDeletePhoto(), { action: 'delete_group_photo' }],
  [new Api.MessageActionChatAddUser({ users }), { action: 'invite_members', memberIds }],
  [new Api.MessageActionChatDeleteUser({ userId: bigInt(3) }), { action: 'remove_members', memberIds: ['user3'] }],
  [
    new Api.MessageActionChatJoinedByLink({ inviterId: bigInt(3) }),
    { action: 'join_group_by_link', inviterId: 'user3' },
  ],
  [new Api.MessageActionChannelCreate({ title: 'C' }), { action: 'create_channel', title: 'C' }],
  [new Api.MessageActionChatMigrateTo({ channelId: bigInt(5) }), { action: 'migrate_to_supergroup' }],
  [
    new Api.MessageActionChannelMigrateFrom({ title: 'Old', chatId: bigInt(6) }),
    { action: 'migrate_from_group', title: 'Old' },
  ],
  [new Api.MessageActionPinMessage(), { action: 'pin_message', messageId: 42 }, inReply],
  [
    new Api.MessageActionPinMessage(),
    { action: 'pin_message', messageId: 42, peerId: 'channel9' },
    { messageId: 42, chatId: 'channel9' },
  ],
  [new Api.MessageActionPinMessage(), { action: 'pin_message', messageId: 0 }],
  [new Api.MessageActionHistoryClear(), { action: 'clear_history' }],
  [
    new Api.MessageActionGameScore({ gameId: bigInt(1), score: 77 }),
    { action: 'score_in_game', gameMessageId: 42, score: 77 },
    inReply,
  ],
  [
    new Api.MessageActionPaymentSent(payment),
    { action: 'send_payment', amount: 999, currency: 'EUR', invoiceMessageId: 42 },
    inReply,
  ],
  [
    new Api.MessageActionPaymentSent({ ...payment, recurringUsed: true, recurringInit: true }),
    { action: 'send_payment', amount: 999, currency: 'EUR', recurring: 'used' },
  ],
  [
    new Api.MessageActionPaymentSentMe({ ...payment, recurringInit: true, payload: Buffer.alloc(0), charge }),
    { action: 'send_payment', amount: 999, currency: 'EUR', recurring: 'init' },
  ],
  [
    new Api.MessageActionPhoneCall({ callId: bigInt(1), duration: 61, reason: new Api.PhoneCallDiscardReasonHangup() }),
    { action: 'phone_call', durationSeconds: 61, discardReason: 'hangup' },
  ],
  [new Api.MessageActionPhoneCall({ callId: bigInt(1) }), { action: 'phone_call' }],
  [new Api.MessageActionScreenshotTaken(), { action: 'take_screenshot' }],
  [new Api.MessageActionCustomAction({ message: 'Hi' }), { action: 'custom', informationText: 'Hi' }],
  [new Api.MessageActionBotAllowed({ attachMenu: true }), { action: 'attach_menu_bot_allowed' }],
  [new Api.MessageActionBotAllowed({ fromRequest: true }), { action: 'web_app_bot_allowed' }],
  [new Api.MessageActionBotAllowed({ domain: 'a.example' }), { action: 'allow_sending_messages', domain: 'a.example' }],
  [new Api.MessageActionBotAllowed({ app }), { action: 'allow_sending_messages', appId: '33', appName: 'The app' }],
  [
    new Api.MessageActionSecureValuesSent({ types: [passport, address] }),
    { action: 'send_passport_values', values: ['passport', 'address_information'] },
  ],
  [
    new Api.MessageActionSecureValuesSentMe({
      values: [new Api.SecureValue({ type: passport, hash: Buffer.alloc(0) })],
      credentials: new Api.SecureCredentialsEncrypted({
        data: Buffer.alloc(0),
        hash: Buffer.alloc(0),
        secret: Buffer.alloc(0),
      }),
    }),
    { action: 'send_passport_values', values: ['passport'] },
  ],
  [new Api.MessageActionContactSignUp(), { action: 'joined_telegram' }],
  [
    new Api.MessageActionGeoProximityReached({ fromId: user(2), toId: user(3), distance: 150 }),
    { action: 'proximity_reached', fromId: 'user2', toId: 'user3', distance: 150 },
  ],
  [new Api.MessageActionGroupCall({ call }), { action: 'group_call' }],
  [new Api.MessageActionGroupCall({ call, duration: 5 }), { action: 'group_call', durationSeconds: 5 }],
  [new Api.MessageActionInviteToGroupCall({ call, users }), { action: 'invite_to_group_call', memberIds }],
  [new Api.MessageActionSetMessagesTTL({ period: 86_400 }), { action: 'set_messages_ttl', periodSeconds: 86_400 }],
  [
    new Api.MessageActionGroupCallScheduled({ call, scheduleDate: 1_700_000_000 }),
    { action: 'group_call_scheduled', scheduleDateMs: 1_700_000_000_000 },
  ],
  [new Api.MessageActionSetChatTheme({ emoticon: '🌷' }), { action: 'edit_chat_theme', emoticon: '🌷' }],
  [new Api.MessageActionSetChatTheme({ emoticon: '' }), { action: 'edit_chat_theme' }],
  [new Api.MessageActionChatJoinedByRequest(), { action: 'join_group_by_request' }],
  [new Api.MessageActionWebViewDataSent({ text: 'Sent' }), { action: 'send_webview_data', text: 'Sent' }],
  [new Api.MessageActionWebViewDataSentMe({ text: 'Sent', data: '{}' }), { action: 'send_webview_data', text: 'Sent' }],
  [
    new Api.MessageActionGiftPremium({ currency: 'EUR', amount: bigInt(1199), months: 3 }),
    { action: 'send_premium_gift', amount: 1199, currency: 'EUR', months: 3 },
  ],
  [new Api.MessageActionTopicCreate({ title: 'News', iconColor: 1 }), { action: 'topic_created', title: 'News' }],
  [
    new Api.MessageActionTopicEdit({ title: 'Olds', iconEmojiId: bigInt('5368324170671202286') }),
    { action: 'topic_edit', newTitle: 'Olds', newIconEmojiId: '5368324170671202286' },
  ],
  [new Api.MessageActionTopicEdit({ iconEmojiId: bigInt(0) }), { action: 'topic_edit', newIconEmojiId: '0' }],
  [new Api.MessageActionTopicEdit({ closed: true }), { action: 'topic_edit' }],
  [new Api.MessageActionSuggestProfilePhoto({ photo }), { action: 'suggest_profile_photo' }],
  [
    new Api.MessageActionRequestedPeer({ buttonId: 4, peers: [user(2), group(6), channel(5)] }),
    { action: 'requested_peer', buttonId: 4, peerIds: ['user2', 'chat6', 'channel5'] },
  ],
  [
    new Api.MessageActionRequestedPeerSentMe({
      buttonId: 4,
      peers: [
        new Api.RequestedPeerUser({ userId: bigInt(2) }),
        new Api.RequestedPeerChat({ chatId: bigInt(6) }),
        new Api.RequestedPeerChannel({ channelId: bigInt(5) }),
      ],
    }),
    { action: 'requested_peer', buttonId: 4, peerIds: ['user2', 'chat6', 'channel5'] },
  ],
  [new Api.MessageActionSetChatWallPaper({ wallpaper }), { action: 'set_chat_wallpaper' }],
  [
    new Api.MessageActionSetChatWallPaper({ wallpaper, same: true }),
    { action: 'set_same_chat_wallpaper', messageId: 42 },
    inReply,
  ],
  [
    new Api.MessageActionGiftCode({ slug: 'abc', months: 6, viaGiveaway: true, boostPeer: channel(5) }),
    {
      action: 'gift_code_prize',
      code: 'abc',
      boostPeerId: 'channel5',
      months: 6,
      unclaimed: false,
      viaGiveaway: true,
    },
  ],
  [new Api.MessageActionGiveawayLaunch({}), { action: 'giveaway_launch' }],
  [
    new Api.MessageActionGiveawayResults({ winnersCount: 3, unclaimedCount: 1, stars: true }),
    { action: 'giveaway_results', winners: 3, unclaimed: 1, stars: true },
  ],
  [new Api.MessageActionBoostApply({ boosts: 2 }), { action: 'boost_apply', boosts: 2 }],
  [
    new Api.MessageActionPaymentRefunded({ ...payment, peer: user(7), charge }),
    { action: 'refunded_payment', amount: 999, currency: 'EUR', peerId: 'user7', chargeId: 'charge-1' },
  ],
  [
    new Api.MessageActionGiftStars({ currency: 'EUR', amount: bigInt(199), stars: bigInt(100) }),
    { action: 'send_stars_gift', amount: 199, currency: 'EUR', gift: { whole: 100, nano: 0 } },
  ],
  [
    new Api.MessageActionPrizeStars({
      stars: bigInt(500),
      transactionId: 't',
      boostPeer: channel(5),
      giveawayMsgId: 8,
      unclaimed: true,
    }),
    {
      action: 'stars_prize',
      boostPeerId: 'channel5',
      stars: 500,
      isUnclaimed: true,
      giveawayMessageId: 8,
      transactionId: 't',
    },
  ],
  [
    new Api.MessageActionStarGift({ gift, nameHidden: true, message: happy }),
    {
      action: 'send_star_gift',
      giftId: '5170145012310081615',
      stars: 15,
      isLimited: true,
      isAnonymous: true,
      text: { text: 'Happy', entities: [{ kind: 'bold', offset: 0, length: 5 }] },
    },
  ],
  [
    new Api.MessageActionStarGift({ gift: uniqueGift }),
    {
      action: 'send_star_gift',
      giftId: '8',
      stars: 0,
      isLimited: true,
      isAnonymous: false,
      text: { text: '', entities: [] },
    },
  ],
  [
    new Api.MessageActionStarGiftUnique({ gift: uniqueGift }),
    { action: 'other', constructorName: 'MessageActionStarGiftUnique' },
  ],
];

describe('convertService', () => {
  it.each(rows.map(([action, expected, reply]) => [action.className, expected, action, reply] as const))(
    '%s says %j',
    (_, expected, action, reply) => {
      expect(convertService(action, reply)).toStrictEqual(expected);
    },
  );

  it('is tested with every action of the layer', () => {
    const shown = new Set(rows.map(([{ className }]) => className));
    expect(constructorsOf('MessageAction').filter((name) => !shown.has(name as Row[0]['className']))).toEqual([]);
  });

  it.each([
    [new Api.PhoneCallDiscardReasonMissed(), 'missed'],
    [new Api.PhoneCallDiscardReasonDisconnect(), 'disconnect'],
    [new Api.PhoneCallDiscardReasonHangup(), 'hangup'],
    [new Api.PhoneCallDiscardReasonBusy(), 'busy'],
    [new Api.PhoneCallDiscardReasonAllowGroupCall({ encryptedKey: Buffer.alloc(0) }), 'allow_group_call'],
  ])('says why a call ended: %#', (reason, discardReason) => {
    const ended = new Api.MessageActionPhoneCall({ callId: bigInt(1), reason });
    expect(convertService(ended, undefined)).toEqual({ action: 'phone_call', discardReason });
  });

  it('has a word for every kind of passport value', () => {
    const types = constructorsOf('SecureValueType').map((className) => ({ className }) as Api.TypeSecureValueType);
    const { values } = convertService(new Api.MessageActionSecureValuesSent({ types }), undefined) as Extract<
      ServiceAction,
      { action: 'send_passport_values' }
    >;
    expect(values).toEqual([
      'personal_details',
      'passport',
      'driver_license',
      'identity_card',
      'internal_passport',
      'address_information',
      'utility_bill',
      'bank_statement',
      'rental_agreement',
      'passport_registration',
      'temporary_registration',
      'phone_number',
      'email',
    ]);
  });
});
