import { z } from 'zod';

import { inOrder, type Shape } from './schema-in-order.js';

/** `2026-05-01T09:30:00`, on a wall clock. */
export const localDate: z.ZodType = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
const unixTime = z.string().regex(/^-?\d+$/);
const peer = z.string().regex(/^(user|chat|channel)\d+$/);
const integer = z.number().int();
const positive = z.number().int().positive();
const nonEmpty = z.string().min(1);
const name = z.string().min(1).nullable();
/** A path below the chat's folder, or one of the three texts for files that were not fetched. */
const file = z.union([
  z.string().regex(/^(?!\/|\()[^\\]+$/),
  z.enum([
    '(File unavailable, please try again later)',
    '(File exceeds maximum size. Change data exporting settings to download.)',
    '(File not included. Change data exporting settings to download.)',
  ]),
]);

const PART_FIELDS: Readonly<Record<string, Shape>> = {
  pre: { language: z.string() },
  text_link: { href: z.string() },
  mention_name: { user_id: integer },
  blockquote: { collapsed: z.boolean() },
  custom_emoji: { document_id: z.string() },
};
const PART_TYPES =
  'unknown mention hashtag cashtag bot_command link email phone bank_card bold italic underline strikethrough spoiler ' +
  'code pre text_link mention_name blockquote custom_emoji';

const entityParts = PART_TYPES.split(' ').map((type) =>
  inOrder({ type: z.literal(type), text: nonEmpty, ...PART_FIELDS[type] }),
);
const plainPart = inOrder({ type: z.literal('plain'), text: nonEmpty });
/** A text as Desktop writes it where there is no `text_entities` beside it. */
export const textRepresentation: z.ZodType = z.union([
  z.string(),
  z
    .array(z.union([nonEmpty, ...entityParts]))
    .min(1)
    .refine((parts) => parts.length > 1 || typeof parts[0] !== 'string', 'one plain part is written as a string'),
]);

/** What every message begins with. */
export const HEAD: Shape = {
  id: integer,
  type: z.string(),
  date: localDate,
  date_unixtime: unixTime,
  edited: localDate.optional(),
  edited_unixtime: unixTime.optional(),
};

/** After the head of a message that is no service message. */
export const ORIGIN: Shape = {
  from: name.optional(),
  from_id: peer.optional(),
  author: nonEmpty.optional(),
  forwarded_from: name.optional(),
  forwarded_from_id: peer.optional(),
  saved_from: name.optional(),
  reply_to_message_id: integer.optional(),
  reply_to_peer_id: peer.optional(),
  via_bot: z
    .string()
    .regex(/^@[^@]+/)
    .optional(),
};

/** In every message, also where there is no text. */
export const TEXT: Shape = {
  text: textRepresentation,
  text_entities: z.array(z.union([plainPart, ...entityParts])),
};

const button = inOrder({
  type: z.enum(
    (
      'default url callback callback_with_password request_phone request_location request_poll request_peer ' +
      'switch_inline switch_inline_same game buy auth user_profile web_view simple_web_view copy_text'
    ).split(' '),
  ),
  text: nonEmpty.optional(),
  dataBase64: z
    .string()
    .regex(/^[\w-]+$/)
    .optional(),
  data: z.string().optional(),
  forward_text: nonEmpty.optional(),
  button_id: z.number().optional(),
});

const reaction = z.union(
  [
    { type: z.literal('emoji'), count: integer, emoji: nonEmpty },
    { type: z.literal('custom_emoji'), count: integer, document_id: z.string() },
    { type: z.enum(['paid', 'empty']), count: integer },
  ].map((shape) =>
    inOrder({
      ...shape,
      recent: z
        .array(inOrder({ from: name, from_id: peer, date: localDate }))
        .min(1)
        .optional(),
    }),
  ) as [z.ZodType, z.ZodType],
);

/** The extra keys of a message; new ones may come. */
export const messageExtra: z.ZodType = z
  .looseObject({
    album_id: z.string().optional(),
    topic_id: integer.optional(),
    view_count: integer.optional(),
    forward_count: integer.optional(),
    reply_count: integer.optional(),
    via_bot_id: peer.optional(),
    entities: z.array(z.looseObject({ kind: nonEmpty, offset: integer, length: integer })).optional(),
    media: z
      .array(
        z.discriminatedUnion('state', [
          z.looseObject({
            state: z.literal('stored'),
            file: z.strictObject({
              path: file,
              size_bytes: integer,
              sha256: z.string().regex(/^[\da-f]{64}$/),
            }),
          }),
          z.looseObject({ state: z.literal('failed'), reason: nonEmpty, code: nonEmpty }),
          z.looseObject({ state: z.literal('skipped'), reason: z.enum(['too-large', 'kind-not-selected']) }),
        ]),
      )
      .optional(),
  })
  .optional();

/** After the text. */
export const TAIL: Shape = {
  inline_bot_buttons: z.array(z.array(button)).min(1).optional(),
  reactions: z.array(reaction).min(1).optional(),
  chatferry: messageExtra,
};

/** The extra keys of the whole document; new ones may come. */
export const chatExtra: z.ZodType = z.looseObject({
  format_version: z.literal(1),
  time_zone: nonEmpty,
  message_count: integer,
  chat: z.looseObject({ id: peer, kind: nonEmpty, title: z.string(), is_public: z.boolean() }),
  senders: z.array(z.looseObject({ id: peer })),
});

const dimensions: Shape = { width: positive.optional(), height: positive.optional() };
const opening: Shape = {
  media_spoiler: z.literal(true).optional(),
  self_destruct_period_seconds: positive.optional(),
};
const point = inOrder({ latitude: z.number(), longitude: z.number() });
const answers = (more: Shape): z.ZodType => z.array(inOrder({ text: textRepresentation, ...more }));

/** The keys of a photo, in messages and in service messages. */
export const PHOTO: Shape = { photo: file, photo_file_size: integer, ...dimensions, ...opening };

/** What stands between the origin and the text: none of these, or one; `mark` is a key that tells which. */
export const BLOCKS: readonly { readonly mark: string; readonly shape: Shape }[] = [
  { mark: 'photo', shape: PHOTO },
  {
    mark: 'file',
    shape: {
      file,
      file_name: nonEmpty.optional(),
      file_size: integer,
      thumbnail: file.optional(),
      thumbnail_file_size: integer.optional(),
      media_type: z
        .enum(['sticker', 'video_message', 'voice_message', 'animation', 'video_file', 'audio_file'])
        .optional(),
      sticker_emoji: nonEmpty.optional(),
      performer: nonEmpty.optional(),
      title: nonEmpty.optional(),
      mime_type: nonEmpty.optional(),
      duration_seconds: positive.optional(),
      ...dimensions,
      ...opening,
    },
  },
  {
    mark: 'contact_information',
    shape: {
      contact_information: inOrder({ first_name: z.string(), last_name: z.string(), phone_number: z.string() }),
      contact_vcard: file.optional(),
      contact_vcard_file_size: integer.optional(),
    },
  },
  {
    mark: 'place_name',
    shape: { place_name: nonEmpty, address: nonEmpty.optional(), location_information: point.optional() },
  },
  {
    mark: 'game_title',
    shape: { game_title: nonEmpty, game_description: nonEmpty.optional(), game_link: nonEmpty.optional() },
  },
  { mark: 'invoice_information', shape: { invoice_information: z.string().superRefine(isInvoice) } },
  {
    mark: 'poll',
    shape: {
      poll: inOrder({
        question: textRepresentation,
        closed: z.boolean(),
        total_voters: integer,
        answers: answers({ voters: integer, chosen: z.boolean() }),
      }),
    },
  },
  {
    mark: 'todo_list',
    shape: {
      todo_list: inOrder({
        title: textRepresentation,
        others_can_append: z.boolean(),
        others_can_complete: z.boolean(),
        answers: answers({ id: integer }),
      }),
    },
  },
  {
    mark: 'giveaway_information',
    shape: {
      giveaway_information: inOrder({
        quantity: integer,
        months: integer,
        until_date: localDate,
        channels: z.array(positive),
        countries: z.array(z.string()),
        additional_prize: z.string(),
        stars: integer,
        is_only_new_subscribers: z.boolean(),
      }),
    },
  },
  {
    mark: 'giveaway_results',
    shape: {
      giveaway_results: inOrder({
        channel: positive,
        winners: z.array(positive),
        additional_prize: z.string(),
        until_date: localDate,
        launch_message_id: integer,
        additional_peers_count: integer,
        winners_count: integer,
        unclaimed_count: integer,
        months: integer,
        stars: integer,
        is_refunded: z.boolean(),
        is_only_new_subscribers: z.boolean(),
      }),
    },
  },
  // A venue has the key of a bare place too, so the place is told by the absence of a name.
  {
    mark: 'location_information',
    shape: { location_information: point.nullable(), live_location_period_seconds: positive.optional() },
  },
  { mark: 'paid_stars_amount', shape: { paid_stars_amount: positive } },
];

const invoice = inOrder({
  title: z.string(),
  description: z.string(),
  amount: integer,
  currency: z.string(),
  receipt_message_id: integer.optional(),
});

/** Desktop writes the text of the object as a string. */
function isInvoice(text: string, context: z.RefinementCtx): void {
  const parsed = invoice.safeParse(JSON.parse(text));
  if (!parsed.success) context.addIssue({ code: 'custom', message: parsed.error.message });
}
