import {
  amount,
  type Fields,
  flag,
  list,
  oneOf,
  peer,
  record,
  type Shape,
  text,
  time,
  whole,
  wordOf,
} from './shape.js';

export const TEXT_ENTITIES: Shape = list(
  record({
    kind: wordOf(
      ...['mention', 'hashtag', 'cashtag', 'bot-command', 'link', 'email', 'phone', 'bank-card', 'bold', 'italic'],
      ...['underline', 'strikethrough', 'spoiler', 'code', 'pre', 'text-link', 'mention-name', 'blockquote'],
      ...['custom-emoji', 'unknown'],
    ),
    offset: whole,
    length: whole,
    'language?': text,
    'url?': text,
    'userId?': text,
    'collapsed?': flag,
    'documentId?': text,
  }),
);

export const FORMATTED: Shape = record({ text, entities: TEXT_ENTITIES });

const POINT = record({ latitude: amount, longitude: amount });
const TODO_ITEMS = list(record({ id: whole, text: FORMATTED }));
const PEERS = list(peer);

/** {@link MessageContent} of `src/chat/content`. */
export const CONTENT: Shape = oneOf('kind', {
  poll: {
    question: FORMATTED,
    answers: list(record({ text: FORMATTED, voterCount: whole, chosen: flag, 'correct?': flag })),
    totalVoterCount: whole,
    closed: flag,
    quiz: flag,
    multipleChoice: flag,
    'explanation?': FORMATTED,
  },
  contact: { firstName: text, lastName: text, phoneNumber: text, 'userId?': text },
  location: { 'point?': POINT, 'livePeriodSeconds?': amount },
  venue: { title: text, address: text, 'point?': POINT },
  game: { title: text, description: text, 'url?': text, 'shortName?': text },
  invoice: { title: text, description: text, amount, currency: text, 'receiptMessageId?': whole },
  'todo-list': { title: FORMATTED, items: TODO_ITEMS, othersCanAppend: flag, othersCanComplete: flag },
  giveaway: {
    quantity: amount,
    'months?': amount,
    'stars?': amount,
    untilDateMs: time,
    channelIds: PEERS,
    countries: list(text),
    'additionalPrize?': text,
    onlyNewSubscribers: flag,
  },
  'giveaway-results': {
    channelId: peer,
    winnerIds: PEERS,
    winnersCount: amount,
    unclaimedCount: amount,
    additionalPeersCount: amount,
    launchMessageId: whole,
    'months?': amount,
    'stars?': amount,
    untilDateMs: time,
    'additionalPrize?': text,
    refunded: flag,
    onlyNewSubscribers: flag,
  },
  'paid-media': { stars: amount },
  dice: { emoticon: text, value: amount },
  story: { peerId: peer, storyId: whole },
  'web-page': {
    url: text,
    'displayUrl?': text,
    'siteName?': text,
    'title?': text,
    'description?': text,
    'author?': text,
  },
});

const NOTHING: Fields = {};
const TITLED: Fields = { title: text };
const MEMBERS: Fields = { memberIds: PEERS };
const WALLPAPER: Fields = { 'messageId?': whole };
const GIFT: Fields = { 'amount?': amount, 'currency?': text, gift: record({ whole: amount, nano: amount }) };

/** {@link ServiceAction} of `src/chat/service-action`. */
export const SERVICE: Shape = oneOf('action', {
  create_group: { ...TITLED, ...MEMBERS },
  edit_group_title: TITLED,
  create_channel: TITLED,
  migrate_from_group: TITLED,
  topic_created: TITLED,
  invite_members: MEMBERS,
  remove_members: MEMBERS,
  invite_to_group_call: MEMBERS,
  join_group_by_link: { inviterId: peer },
  topic_edit: { 'newTitle?': text, 'newIconEmojiId?': text },
  pin_message: { messageId: whole, 'peerId?': peer },
  set_chat_wallpaper: WALLPAPER,
  set_same_chat_wallpaper: WALLPAPER,
  score_in_game: { gameMessageId: whole, score: amount },
  send_payment: { amount, currency: text, 'invoiceMessageId?': whole, 'recurring?': text },
  phone_call: { 'durationSeconds?': amount, 'discardReason?': text },
  conference_call: { 'durationSeconds?': amount, isActive: flag, isMissed: flag },
  custom: { informationText: text },
  allow_sending_messages: { 'appId?': text, 'appName?': text, 'domain?': text },
  send_passport_values: { values: list(text) },
  proximity_reached: { fromId: peer, toId: peer, distance: amount },
  group_call: { 'durationSeconds?': amount },
  set_messages_ttl: { periodSeconds: amount },
  group_call_scheduled: { scheduleDateMs: time },
  edit_chat_theme: { 'emoticon?': text },
  send_webview_data: { text },
  send_premium_gift: { 'amount?': amount, 'currency?': text, 'months?': amount, 'days?': amount },
  requested_peer: { buttonId: whole, peerIds: PEERS },
  gift_code_prize: { code: text, 'boostPeerId?': peer, 'months?': amount, unclaimed: flag, viaGiveaway: flag },
  giveaway_results: { winners: amount, unclaimed: amount, stars: flag },
  boost_apply: { boosts: amount },
  refunded_payment: { amount, currency: text, peerId: peer, chargeId: text },
  send_stars_gift: GIFT,
  send_ton_gift: GIFT,
  stars_prize: {
    boostPeerId: peer,
    stars: amount,
    isUnclaimed: flag,
    giveawayMessageId: whole,
    transactionId: text,
  },
  send_star_gift: { giftId: text, stars: amount, isLimited: flag, isAnonymous: flag, text: FORMATTED },
  paid_messages_refund: { messageCount: amount, stars: amount },
  paid_messages_price_change: { stars: amount, broadcastMessagesAllowed: flag },
  todo_completions: { completedIds: list(whole), incompletedIds: list(whole) },
  todo_append_tasks: { items: TODO_ITEMS },
  edit_group_photo: NOTHING,
  suggest_profile_photo: NOTHING,
  delete_group_photo: NOTHING,
  clear_history: NOTHING,
  migrate_to_supergroup: NOTHING,
  take_screenshot: NOTHING,
  joined_telegram: NOTHING,
  requested_phone_number: NOTHING,
  join_group_by_request: NOTHING,
  attach_menu_bot_allowed: NOTHING,
  web_app_bot_allowed: NOTHING,
  giveaway_launch: NOTHING,
  other: { constructorName: text },
});
