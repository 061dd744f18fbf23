import { parsePeerId, type PeerId } from '../../chat/peer.js';
import type { ServiceAction } from '../../chat/service-action.js';
import { todoItems } from './content-keys.js';
import type { DesktopContext } from './desktop-context.js';
import { bareInteger, type JsonObject, jsonText, nonEmpty, Verbatim } from './json-text.js';
import { formatMoney } from './money.js';
import { desktopText } from './text.js';

/** Nesting level of a message's keys in result.json: document, `messages`, message. */
const MESSAGE_DEPTH = 3;

/** The details of a service message, in Telegram Desktop's order; empty for actions without any. */
export function serviceFields(service: ServiceAction, { names }: DesktopContext): JsonObject {
  const named = (ids: readonly PeerId[]): (string | null)[] => ids.map((id) => names.name(id));

  switch (service.action) {
    case 'create_group':
      return { title: nonEmpty(service.title), members: named(service.memberIds) };
    case 'edit_group_title':
    case 'create_channel':
    case 'migrate_from_group':
    case 'topic_created':
      return { title: nonEmpty(service.title) };
    case 'invite_members':
    case 'remove_members':
    case 'invite_to_group_call':
      return { members: named(service.memberIds) };
    case 'join_group_by_link':
      return { inviter: names.name(service.inviterId) };
    case 'topic_edit':
      return {
        new_title: nonEmpty(service.newTitle),
        new_icon_emoji_id: service.newIconEmojiId === undefined ? undefined : bareInteger(service.newIconEmojiId),
      };
    case 'pin_message':
      return service.messageId === 0 ? {} : { message_id: service.messageId, reply_to_peer_id: service.peerId };
    case 'set_chat_wallpaper':
    case 'set_same_chat_wallpaper':
      return { message_id: service.messageId };
    case 'score_in_game':
      return { game_message_id: nonZero(service.gameMessageId), score: service.score };
    case 'send_payment':
      return {
        amount: service.amount,
        currency: nonEmpty(service.currency),
        invoice_message_id: service.invoiceMessageId,
        recurring: service.recurring,
      };
    case 'phone_call':
      return {
        duration_seconds: nonZero(service.durationSeconds),
        discard_reason: nonEmpty(service.discardReason),
      };
    case 'conference_call':
      return {
        duration_seconds: nonZero(service.durationSeconds),
        is_active: service.isActive,
        is_missed: service.isMissed,
      };
    case 'custom':
      return { information_text: nonEmpty(service.informationText) };
    case 'allow_sending_messages':
      return service.appId === undefined
        ? { reason_domain: nonEmpty(service.domain) }
        : { reason_app_id: bareInteger(service.appId), reason_app_name: nonEmpty(service.appName) };
    case 'send_passport_values':
      return { values: service.values };
    case 'proximity_reached':
      return {
        from: names.name(service.fromId),
        from_id: service.fromId,
        to: names.name(service.toId),
        to_id: service.toId,
        distance: service.distance,
      };
    case 'group_call':
      return { duration: nonZero(service.durationSeconds) };
    case 'set_messages_ttl':
      return { period: service.periodSeconds };
    case 'group_call_scheduled':
      return { schedule_date: Math.floor(service.scheduleDateMs / 1000) };
    case 'edit_chat_theme':
      return { emoticon: nonEmpty(service.emoticon) };
    case 'send_premium_gift':
      return { cost: formatMoney(service), months: nonZero(service.months), days: nonZero(service.days) };
    case 'requested_peer':
      // Desktop writes the array's JSON as a string, and importers expect a string.
      return {
        button_id: service.buttonId,
        peers: jsonText(service.peerIds.map(desktopPeerNumber), MESSAGE_DEPTH),
      };
    case 'gift_code_prize':
      return {
        gift_code: nonEmpty(service.code),
        boost_peer_id: service.boostPeerId,
        months: service.months,
        unclaimed: service.unclaimed,
        via_giveaway: service.viaGiveaway,
      };
    case 'giveaway_results':
      return { winners: service.winners, unclaimed: service.unclaimed, stars: service.stars };
    case 'boost_apply':
      return { boosts: service.boosts };
    case 'refunded_payment':
      return {
        amount: service.amount,
        currency: nonEmpty(service.currency),
        peer_name: names.name(service.peerId),
        peer_id: service.peerId,
        charge_id: nonEmpty(service.chargeId),
      };
    case 'send_stars_gift':
    case 'send_ton_gift':
      return { cost: formatMoney(service), amount_whole: service.gift.whole, amount_nano: service.gift.nano };
    case 'stars_prize':
      return {
        boost_peer_id: service.boostPeerId,
        boost_peer_name: names.name(service.boostPeerId),
        stars: service.stars,
        is_unclaimed: service.isUnclaimed,
        giveaway_msg_id: service.giveawayMessageId,
        transaction_id: nonEmpty(service.transactionId),
      };
    case 'send_star_gift':
      return {
        gift_id: bareInteger(service.giftId),
        stars: service.stars,
        is_limited: service.isLimited,
        is_anonymous: service.isAnonymous,
        gift_text: desktopText(service.text).text,
      };
    case 'paid_messages_refund':
      return { messages_count: service.messageCount, stars_count: service.stars };
    case 'paid_messages_price_change':
      return { price_stars: service.stars, is_broadcast_messages_allowed: service.broadcastMessagesAllowed };
    case 'todo_completions':
      return { completed: compact(service.completedIds), incompleted: compact(service.incompletedIds) };
    case 'todo_append_tasks':
      return { items: todoItems(service.items) };
    case 'edit_group_photo':
    case 'suggest_profile_photo':
    case 'delete_group_photo':
    case 'clear_history':
    case 'migrate_to_supergroup':
    case 'take_screenshot':
    case 'joined_telegram':
    case 'requested_phone_number':
    case 'join_group_by_request':
    case 'attach_menu_bot_allowed':
    case 'web_app_bot_allowed':
    case 'giveaway_launch':
    case 'other':
      return {};
    case 'send_webview_data':
      // Desktop writes its text under `text`, which duplicates a key of the object. We write it among the extra keys.
      return {};
  }
}

function nonZero(value: number | undefined): number | undefined {
  return value === 0 ? undefined : value;
}

/** The only arrays that Desktop writes on one line. */
function compact(ids: readonly number[]): Verbatim {
  return new Verbatim(`[${ids.join(',')}]`);
}

/** Desktop's number for a peer: the bare id in the lower 48 bits, the kind in the higher ones (data_peer_id.h). */
function desktopPeerNumber(peer: PeerId): Verbatim | string {
  const { kind, id } = parsePeerId(peer);
  if (!/^\d+$/.test(id)) return peer;
  const kindNumber = { user: 0n, chat: 1n, channel: 2n }[kind];
  return new Verbatim(String((kindNumber << 48n) + BigInt(id)));
}
