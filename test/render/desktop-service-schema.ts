import { z } from 'zod';

import { PHOTO, textRepresentation } from './desktop-message-schema.js';
import { inOrder, type Shape } from './schema-in-order.js';

const integer = z.number().int();
const positive = z.number().int().positive();
const nonEmpty = z.string().min(1);
const name = z.string().min(1).nullable();
const peer = z.string().regex(/^(user|chat|channel)\d+$/);
/** 64 bits: a bare number in the text, which JSON.parse rounds. */
const bareId = z.number();
const bool = z.boolean();
const price = z.string().regex(/^\d+(\.\d+)? [A-Z]{3}$/);

const members: Shape = { members: z.array(name) };
const title: Shape = { title: nonEmpty };

/** Who did it; not there for an anonymous admin of an old group. */
export const ACTOR: Shape = { actor: name.optional(), actor_id: peer.optional() };

/** Actions that do not say who did it. */
export const WITHOUT_ACTOR: readonly string[] = [
  'send_payment',
  'send_passport_values',
  'proximity_reached',
  'send_webview_data',
  'gift_code_prize',
  'giveaway_launch',
  'giveaway_results',
  'refunded_payment',
];

const PASSPORT_VALUES =
  'personal_details passport driver_license identity_card internal_passport address_information utility_bill ' +
  'bank_statement rental_agreement passport_registration temporary_registration phone_number email';

/** What follows `action`, by action. */
export const ACTIONS: Readonly<Record<string, Shape>> = {
  create_group: { ...title, ...members },
  edit_group_title: title,
  edit_group_photo: PHOTO,
  suggest_profile_photo: PHOTO,
  delete_group_photo: {},
  clear_history: {},
  migrate_to_supergroup: {},
  take_screenshot: {},
  joined_telegram: {},
  requested_phone_number: {},
  join_group_by_request: {},
  invite_members: members,
  remove_members: members,
  join_group_by_link: { inviter: name },
  create_channel: title,
  migrate_from_group: title,
  topic_created: title,
  topic_edit: { new_title: nonEmpty.optional(), new_icon_emoji_id: bareId.optional() },
  pin_message: { message_id: integer.optional(), reply_to_peer_id: peer.optional() },
  set_chat_wallpaper: { message_id: integer.optional() },
  set_same_chat_wallpaper: { message_id: integer.optional() },
  score_in_game: { game_message_id: integer.optional(), score: integer },
  send_payment: {
    amount: integer,
    currency: nonEmpty,
    invoice_message_id: integer.optional(),
    recurring: z.enum(['used', 'init']).optional(),
  },
  phone_call: {
    duration_seconds: positive.optional(),
    discard_reason: z.enum(['busy', 'disconnect', 'hangup', 'missed', 'migrate_conference_all']).optional(),
  },
  conference_call: { duration_seconds: positive.optional(), is_active: bool, is_missed: bool },
  attach_menu_bot_allowed: {},
  web_app_bot_allowed: {},
  allow_sending_messages: {
    reason_app_id: bareId.optional(),
    reason_app_name: nonEmpty.optional(),
    reason_domain: nonEmpty.optional(),
  },
  send_passport_values: { values: z.array(z.enum(PASSPORT_VALUES.split(' '))) },
  proximity_reached: { from: name, from_id: peer, to: name, to_id: peer, distance: integer },
  group_call: { duration: positive.optional() },
  invite_to_group_call: members,
  set_messages_ttl: { period: integer },
  group_call_scheduled: { schedule_date: positive },
  edit_chat_theme: { emoticon: nonEmpty.optional() },
  send_webview_data: {},
  send_premium_gift: { cost: price.optional(), months: positive.optional(), days: positive.optional() },
  requested_peer: { button_id: integer, peers: z.string().superRefine(isNumberList) },
  gift_code_prize: {
    gift_code: nonEmpty,
    boost_peer_id: peer.optional(),
    months: integer.optional(),
    days: integer.optional(),
    unclaimed: bool,
    via_giveaway: bool,
  },
  giveaway_launch: {},
  giveaway_results: { winners: integer, unclaimed: integer, stars: bool },
  boost_apply: { boosts: integer },
  refunded_payment: { amount: integer, currency: nonEmpty, peer_name: name, peer_id: peer, charge_id: nonEmpty },
  send_stars_gift: { cost: price.optional(), amount_whole: integer, amount_nano: integer },
  send_ton_gift: { cost: price.optional(), amount_whole: integer, amount_nano: integer },
  stars_prize: {
    boost_peer_id: peer,
    boost_peer_name: name,
    stars: integer,
    is_unclaimed: bool,
    giveaway_msg_id: integer,
    transaction_id: nonEmpty,
  },
  send_star_gift: {
    gift_id: bareId,
    stars: integer,
    is_limited: bool,
    is_anonymous: bool,
    gift_text: textRepresentation,
  },
  paid_messages_refund: { messages_count: integer, stars_count: integer },
  paid_messages_price_change: { price_stars: integer, is_broadcast_messages_allowed: bool },
  todo_completions: { completed: z.array(integer), incompleted: z.array(integer) },
  todo_append_tasks: { items: z.array(inOrder({ text: textRepresentation, id: integer })) },
};

/** Desktop writes the text of the array as a string. */
function isNumberList(text: string, context: z.RefinementCtx): void {
  const parsed = z.array(positive).safeParse(JSON.parse(text));
  if (!parsed.success) context.addIssue({ code: 'custom', message: parsed.error.message });
}
