import fc, { type Arbitrary } from 'fast-check';

import type { ChatId } from '../../src/chat/chat-id.js';
import type { MessageContent } from '../../src/chat/content.js';
import type { Media } from '../../src/chat/media.js';
import type { Button, Forward, Message, RawMessage, Reply } from '../../src/chat/message.js';
import { peerId, type PeerId } from '../../src/chat/peer.js';
import type { Reaction } from '../../src/chat/reaction.js';
import type { ServiceAction } from '../../src/chat/service-action.js';
import type { FormattedText, TextEntity } from '../../src/chat/text.js';
import type { MediaRecord, MessageRecord } from '../../src/chat/record.js';

/** Optional fields are absent rather than undefined, as the contract has it. */
function object<T>(required: Partial<{ [K in keyof T]: Arbitrary<T[K]> }>, optional = {}): Arbitrary<T> {
  const fields = { ...required, ...optional } as Record<string, Arbitrary<unknown>>;
  return fc.record(fields, { requiredKeys: Object.keys(required), noNullPrototype: true }) as Arbitrary<T>;
}

/** Any JavaScript string: plain, of all planes, with NUL, and with halves of surrogate pairs. */
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  fc.constantFrom('\0', 'a\0b', '\ud800', 'ok \udc00', "'); DROP TABLE messages; --", '{"text":1}'),
);
const number = fc.maxSafeInteger();
const count = fc.nat();
const bool = fc.boolean();
const peer: Arbitrary<PeerId> = fc
  .tuple(
    fc.constantFrom('user' as const, 'chat' as const, 'channel' as const),
    fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }),
  )
  .map(([kind, id]) => peerId(kind, id));
/** JSON has no negative zero. */
const degrees = fc.double({ min: -180, max: 180, noNaN: true }).map((value) => value + 0);

const entity: Arbitrary<TextEntity> = object<TextEntity>(
  { kind: fc.constantFrom('bold', 'text-link', 'pre', 'unknown'), offset: count, length: count },
  { language: text, url: text, collapsed: bool },
);
const formatted: Arbitrary<FormattedText> = object<FormattedText>({
  text,
  entities: fc.array(entity, { maxLength: 3 }),
});

/** Names of files on their way are made of it, so that an archive takes no other. */
const remoteId = fc
  .tuple(fc.constantFrom('document', 'photo'), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.boolean())
  .map(([kind, id, isPreview]) => `${kind}:${id}${isPreview ? ':thumbnail' : ''}`);

const media: Arbitrary<Media> = object<Media>(
  {
    kind: fc.constantFrom('photo', 'video', 'voice', 'document', 'contact-card', 'thumbnail'),
    role: fc.constantFrom('main', 'thumbnail', 'web-page', 'paid'),
  },
  {
    remoteId,
    sizeBytes: number,
    mimeType: text,
    fileName: text,
    width: count,
    height: count,
    durationSeconds: degrees,
    hasSpoiler: bool,
    inlineContent: text,
    unavailableReason: text,
  },
);

const sha256 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));

const mediaRecord: Arbitrary<MediaRecord> = media.chain((medium) =>
  fc.oneof(
    object({
      state: fc.constant('stored' as const),
      media: fc.constant(medium),
      // The size of a content follows from the content, so from its hash.
      file: sha256.map((hash) => ({ path: `media/${hash}`, sizeBytes: parseInt(hash.slice(0, 8), 16), sha256: hash })),
    }),
    object({
      state: fc.constant('failed' as const),
      media: fc.constant(medium),
      code: fc.constantFrom('MEDIA_UNAVAILABLE' as const, 'TIMEOUT' as const),
      reason: fc.string(),
    }),
    object({
      state: fc.constant('skipped' as const),
      media: fc.constant(medium),
      reason: fc.constantFrom('kind-not-selected' as const, 'too-large' as const),
    }),
  ),
);

const content: Arbitrary<MessageContent> = fc.oneof<Arbitrary<MessageContent>[]>(
  object({
    kind: fc.constant('poll' as const),
    question: formatted,
    answers: fc.array(object({ text: formatted, voterCount: count, chosen: bool })),
    totalVoterCount: count,
    closed: bool,
    quiz: bool,
    multipleChoice: bool,
  }),
  object({
    kind: fc.constant('location' as const),
    point: object({ latitude: degrees, longitude: degrees }),
  }),
  object({ kind: fc.constant('contact' as const), firstName: text, lastName: text, phoneNumber: text }),
  object({ kind: fc.constant('paid-media' as const), stars: fc.constantFrom(NaN, 1, 2 ** 60) }),
);

const service: Arbitrary<ServiceAction> = fc.oneof(
  object({ action: fc.constant('create_group' as const), title: text, memberIds: fc.array(peer) }),
  object({ action: fc.constant('pin_message' as const), messageId: number }),
  object({ action: fc.constant('other' as const), constructorName: text }),
);

function optionalFields(): object {
  return {
    editDateMs: count,
    senderId: peer,
    postAuthor: text,
    reply: object<Reply>({}, { messageId: number, chatId: peer, threadId: number, quote: formatted, storyId: count }),
    forward: object<Forward>({}, { fromId: peer, fromName: text, dateMs: count, messageId: number }),
    viaBotId: peer,
    albumId: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
    topicId: number,
    viewCount: count,
    isOutgoing: bool,
    isPinned: bool,
    reactions: fc.array(object<Reaction>({ kind: fc.constant('emoji'), count }, { emoji: text, chosenByMe: bool })),
    content,
    buttons: fc.array(fc.array(object<Button>({ type: text, text }, { data: text, dataBase64: text }))),
    service,
    raw: object<RawMessage>({ bytes: fc.uint8Array({ maxLength: 300 }), layer: count }),
  };
}

/** A message of `chatId` with every field that a message can have, each there or not, with what became of its media. */
export function arbitraryRecord(chatId: ChatId): Arbitrary<MessageRecord> {
  const message = object<Message>(
    {
      id: fc.integer(),
      chatId: fc.constant(chatId),
      kind: fc.constantFrom('message', 'service', 'unsupported', 'undecoded'),
      dateMs: count,
      text: formatted,
    },
    optionalFields(),
  );
  return fc.tuple(message, fc.array(mediaRecord, { maxLength: 3 })).map(([fields, records]) => ({
    message: { ...fields, media: records.map((record) => record.media) },
    media: records,
  }));
}
