import type { MediaRecord } from '../../chat/record.js';
import type { GeoPoint, MessageContent, Poll, TodoItem } from '../../chat/content.js';
import type { Message } from '../../chat/message.js';
import { parsePeerId, type PeerId } from '../../chat/peer.js';
import type { DesktopContext } from './desktop-context.js';
import { bareInteger, type JsonObject, jsonText, type JsonValue, nonEmpty, Verbatim } from './json-text.js';
import { vcardKeys } from './media-keys.js';
import { desktopText } from './text.js';

/** Nesting level of a message's keys in result.json: document, `messages`, message. */
const MESSAGE_DEPTH = 3;

/** The content of a message besides text and files. Desktop's format has no keys for dice, stories and web pages. */
export function contentKeys(message: Message, records: readonly MediaRecord[], context: DesktopContext): JsonObject {
  const { content } = message;
  if (content === undefined) return {};
  switch (content.kind) {
    case 'contact':
      return { contact_information: contactObject(content), ...vcardKeys(records) };
    case 'location':
      return {
        location_information: pointObject(content.point) ?? null,
        live_location_period_seconds: content.livePeriodSeconds,
      };
    case 'venue':
      return {
        place_name: nonEmpty(content.title),
        address: nonEmpty(content.address),
        location_information: pointObject(content.point),
      };
    case 'game':
      return {
        game_title: nonEmpty(content.title),
        game_description: nonEmpty(content.description),
        game_link: gameLink(content, message, context),
      };
    case 'invoice':
      // Desktop writes the object's JSON as a string, and importers expect a string.
      return { invoice_information: jsonText(invoiceObject(content), MESSAGE_DEPTH) };
    case 'poll':
      return { poll: pollObject(content) };
    case 'todo-list':
      return { todo_list: todoObject(content) };
    case 'giveaway':
      return { giveaway_information: giveawayObject(content, context) };
    case 'giveaway-results':
      return { giveaway_results: giveawayResultsObject(content, context) };
    case 'paid-media':
      return { paid_stars_amount: content.stars };
    case 'dice':
    case 'story':
    case 'web-page':
      return {};
  }
}

/** Items of a to-do list: of the list itself, and of a service message about added items. */
export function todoItems(items: readonly TodoItem[]): JsonValue {
  return items.map(({ text, id }) => ({ text: desktopText(text).text, id }));
}

/** The bare id, without its kind. */
export function bareId(id: PeerId): JsonValue {
  return bareInteger(parsePeerId(id).id);
}

type ContentOf<Kind extends MessageContent['kind']> = Extract<MessageContent, { readonly kind: Kind }>;

function contactObject({ firstName, lastName, phoneNumber }: ContentOf<'contact'>): JsonObject {
  return { first_name: firstName, last_name: lastName, phone_number: phoneNumber };
}

function pointObject(point: GeoPoint | undefined): JsonObject | undefined {
  return point && { latitude: degrees(point.latitude), longitude: degrees(point.longitude) };
}

/** Desktop prints degrees with six decimals (11 cm). */
function degrees(value: number): JsonValue {
  return Number.isFinite(value) ? new Verbatim(value.toFixed(6)) : null;
}

function gameLink(
  { url, shortName }: ContentOf<'game'>,
  { viaBotId, senderId }: Message,
  { names }: DesktopContext,
): string | undefined {
  if (url !== undefined && url !== '') return url;
  const botId = viaBotId ?? senderId;
  if (shortName === undefined || shortName === '' || botId === undefined) return undefined;
  const bot = names.username(botId);
  return bot === undefined ? undefined : `https://t.me/${bot}?game=${shortName}`;
}

function invoiceObject({ title, description, amount, currency, receiptMessageId }: ContentOf<'invoice'>): JsonObject {
  return {
    title,
    description,
    amount,
    currency,
    receipt_message_id: receiptMessageId === 0 ? undefined : receiptMessageId,
  };
}

function pollObject({ question, closed, totalVoterCount, answers }: Poll): JsonObject {
  return {
    question: desktopText(question).text,
    closed,
    total_voters: totalVoterCount,
    answers: answers.map(({ text, voterCount, chosen }) => ({
      text: desktopText(text).text,
      voters: voterCount,
      chosen,
    })),
  };
}

function todoObject({ title, items, othersCanAppend, othersCanComplete }: ContentOf<'todo-list'>): JsonObject {
  return {
    title: desktopText(title).text,
    others_can_append: othersCanAppend,
    others_can_complete: othersCanComplete,
    answers: todoItems(items),
  };
}

function giveawayObject(giveaway: ContentOf<'giveaway'>, { time }: DesktopContext): JsonObject {
  return {
    quantity: giveaway.quantity,
    months: giveaway.months ?? 0,
    until_date: time.isoDate(giveaway.untilDateMs),
    channels: giveaway.channelIds.map(bareId),
    countries: giveaway.countries,
    additional_prize: giveaway.additionalPrize ?? '',
    stars: giveaway.stars ?? 0,
    is_only_new_subscribers: giveaway.onlyNewSubscribers,
  };
}

function giveawayResultsObject(results: ContentOf<'giveaway-results'>, { time }: DesktopContext): JsonObject {
  return {
    channel: bareId(results.channelId),
    winners: results.winnerIds.map(bareId),
    additional_prize: results.additionalPrize ?? '',
    until_date: time.isoDate(results.untilDateMs),
    launch_message_id: results.launchMessageId,
    additional_peers_count: results.additionalPeersCount,
    winners_count: results.winnersCount,
    unclaimed_count: results.unclaimedCount,
    months: results.months ?? 0,
    stars: results.stars ?? 0,
    is_refunded: results.refunded,
    is_only_new_subscribers: results.onlyNewSubscribers,
  };
}
