import type { MediaRecord, MessageRecord } from '../../chat/record.js';
import type { MessageContent } from '../../chat/content.js';
import type { Media } from '../../chat/media.js';
import type { Forward, Message, Reply } from '../../chat/message.js';
import type { Reaction } from '../../chat/reaction.js';
import type { JsonObject, JsonValue } from './json-text.js';
import { ownWords, ownWordsBeside } from './own-words.js';

type KeysOf<T> = T extends unknown ? keyof T : never;

/** Fields that Desktop's keys cover, or that are handled one by one below. */
const SAID_OF_MESSAGE: ReadonlySet<string> = new Set<keyof Message>([
  'id',
  'chatId',
  'kind',
  'dateMs',
  'editDateMs',
  'senderId',
  'postAuthor',
  'text',
  'reply',
  'forward',
  'reactions',
  'media',
  'content',
  'buttons',
  'service',
  'raw',
]);
/** Desktop writes only the id of an unsupported message. */
const SAID_OF_UNSUPPORTED: ReadonlySet<string> = new Set<keyof Message>(['id', 'chatId', 'text', 'media', 'raw']);

const SAID_OF_REPLY: ReadonlySet<string> = new Set<keyof Reply>(['messageId', 'chatId']);
const SAID_OF_FORWARD: ReadonlySet<string> = new Set<keyof Forward>(['fromId']);
const SAID_OF_HIDDEN_FORWARD: ReadonlySet<string> = new Set<keyof Forward>(['fromName']);
const NOT_STORED: ReadonlySet<string> = new Set<keyof Media>(['inlineContent']);
const ONLY_ACTION: ReadonlySet<string> = new Set(['action']);
const NOTHING: ReadonlySet<string> = new Set();

const SAID_OF_CONTENT: Readonly<Record<MessageContent['kind'], ReadonlySet<string>>> = {
  poll: contentKeys(['closed', 'totalVoterCount']),
  contact: contentKeys(['firstName', 'lastName', 'phoneNumber']),
  location: contentKeys(['livePeriodSeconds']),
  venue: contentKeys(['title', 'address']),
  game: contentKeys(['title', 'description', 'url']),
  invoice: contentKeys(['title', 'description', 'amount', 'currency', 'receiptMessageId']),
  'todo-list': contentKeys(['othersCanAppend', 'othersCanComplete']),
  giveaway: contentKeys([
    'quantity',
    'months',
    'stars',
    'channelIds',
    'countries',
    'additionalPrize',
    'onlyNewSubscribers',
  ]),
  'giveaway-results': contentKeys([
    'channelId',
    'winnerIds',
    'winnersCount',
    'unclaimedCount',
    'additionalPeersCount',
    'launchMessageId',
    'months',
    'stars',
    'additionalPrize',
    'refunded',
    'onlyNewSubscribers',
  ]),
  'paid-media': contentKeys(['stars']),
  dice: NOTHING,
  story: NOTHING,
  'web-page': NOTHING,
};

/**
 * The fields of a message that Telegram Desktop's format omits; undefined where it omits none. Fields that are added to
 * `Message` later are included without a change here.
 *
 * @param textIsLossy - Whether `text_entities` omits something of `message.text.entities`.
 */
export function extraKeys({ message, media }: MessageRecord, textIsLossy: boolean): JsonObject | undefined {
  const extra = ownWordsBeside(message, SAID_OF_MESSAGE) ?? {};
  add(
    extra,
    'reply',
    message.reply && ownWordsBeside(message.reply, message.kind === 'service' ? NOTHING : SAID_OF_REPLY),
  );
  add(extra, 'forward', message.forward && forwardExtra(message));
  if (textIsLossy) add(extra, 'entities', ownWords(message.text.entities));
  add(extra, 'content', message.content && contentExtra(message.content));
  add(extra, 'service', message.service && ownWordsBeside(message.service, ONLY_ACTION));
  if (message.reactions?.some(isCutShort) === true) add(extra, 'reactions', ownWords(message.reactions));
  if (media.length > 0) add(extra, 'media', media.map(mediaExtra));
  return orNothing(extra);
}

/** The same for a message of which Desktop writes only the id. For an undecoded one also the bytes. */
export function unsupportedExtraKeys({ message, media }: MessageRecord): JsonObject | undefined {
  const extra = ownWordsBeside(message, SAID_OF_UNSUPPORTED) ?? {};
  if (message.text.text !== '') add(extra, 'text', ownWords(message.text));
  if (media.length > 0) add(extra, 'media', media.map(mediaExtra));
  if (message.kind === 'undecoded') add(extra, 'raw', ownWords(message.raw));
  return orNothing(extra);
}

function forwardExtra({ kind, forward }: Message): JsonObject | undefined {
  if (forward === undefined) return undefined;
  if (kind === 'service') return ownWordsBeside(forward, NOTHING);
  return ownWordsBeside(forward, forward.fromId === undefined ? SAID_OF_HIDDEN_FORWARD : SAID_OF_FORWARD);
}

function contentExtra(content: MessageContent): JsonObject | undefined {
  const extra = ownWordsBeside(content, SAID_OF_CONTENT[content.kind]);
  return extra === undefined || Object.keys(extra).length === 1 ? undefined : extra; // One key: its kind.
}

function mediaExtra(record: MediaRecord): JsonObject {
  return {
    state: record.state,
    ...ownWordsBeside(record.media, NOT_STORED),
    ...(record.state === 'stored' ? { file: ownWords(record.file) } : { reason: record.reason }),
    ...(record.state === 'failed' ? { code: record.code } : undefined),
  };
}

/** Desktop omits the id of a custom emoji, and whether the user gave the reaction. */
function isCutShort({ kind, chosenByMe }: Reaction): boolean {
  return kind === 'custom-emoji' || chosenByMe === true;
}

function add(extra: Record<string, JsonValue>, key: string, value: JsonValue | undefined): void {
  if (value !== undefined) extra[key] = value;
}

function orNothing(extra: Record<string, JsonValue>): JsonObject | undefined {
  return Object.keys(extra).length === 0 ? undefined : extra;
}

function contentKeys(keys: readonly KeysOf<MessageContent>[]): ReadonlySet<string> {
  return new Set(keys);
}
