import { z } from 'zod';

import { BLOCKS, chatExtra, HEAD, ORIGIN, TAIL, TEXT, messageExtra } from './desktop-message-schema.js';
import { ACTIONS, ACTOR, WITHOUT_ACTOR } from './desktop-service-schema.js';
import { inOrder, type Shape } from './schema-in-order.js';

/**
 * Telegram Desktop's result.json of one chat, read from its exporter (export_output_json.cpp), as a strict schema:
 * exactly these keys, in this order, of these types; then chatferry's own under `chatferry`.
 */
const document = inOrder({
  name: z.string().nullable().optional(),
  type: z.enum([
    'saved_messages',
    'replies',
    'verification_codes',
    'personal_chat',
    'bot_chat',
    'private_group',
    'private_supergroup',
    'public_supergroup',
    'private_channel',
    'public_channel',
  ]),
  id: z.number().int().positive(),
  messages: z.array(z.unknown()),
  chatferry: chatExtra,
});

const NAMELESS = ['saved_messages', 'replies', 'verification_codes'];

/** A JSON object as it was parsed, its keys in the order of the text. */
type Parsed = Readonly<Record<string, unknown>>;

/**
 * Everything in which a parsed result.json differs from the schema, with its place; empty for a right one. Beyond keys,
 * order and types it checks that ids ascend, that both forms of each text say the same, that local dates agree with
 * the unix times in the zone that the document names, and that the count of messages is right.
 */
export function desktopProblems(value: unknown): readonly string[] {
  const parsed = document.safeParse(value);
  if (!parsed.success) return problems('document', parsed.error);
  const { name, type, messages, chatferry } = parsed.data as ParsedDocument;
  const found: string[] = [];
  if (NAMELESS.includes(type) !== (name === undefined)) found.push(`document: name of a chat of type ${type}`);
  if (chatferry.message_count !== messages.length) found.push('document: chatferry.message_count');
  let last = -Infinity;
  for (const [index, message] of messages.entries()) {
    const place = `messages[${index}]`;
    found.push(...messageProblems(message, chatferry.time_zone).map((problem) => `${place}.${problem}`));
    const id = (message as Parsed)['id'] as number;
    if (!(id > last)) found.push(`${place}.id: not above the one before it`);
    last = id;
  }
  return found;
}

/** The same for one item of `messages`. @param timeZone - Where its dates are to be read. */
export function messageProblems(value: unknown, timeZone: string): readonly string[] {
  const message = value as Parsed;
  const schema = schemaOf(message);
  if (typeof schema === 'string') return [schema];
  const parsed = schema.safeParse(message);
  return parsed.success ? consistencyProblems(message, timeZone) : problems('', parsed.error);
}

interface ParsedDocument {
  readonly name?: string | null;
  readonly type: string;
  readonly messages: readonly unknown[];
  readonly chatferry: { readonly message_count: number; readonly time_zone: string };
}

/** Schemas are made once for each form of message that occurs. */
const MADE = new Map<string, z.ZodType>();

function made(form: string, make: () => Shape): z.ZodType {
  const schema = MADE.get(form) ?? inOrder(make());
  MADE.set(form, schema);
  return schema;
}

function schemaOf(message: Parsed): z.ZodType | string {
  switch (message['type']) {
    case 'unsupported':
      return made('unsupported', () => ({
        id: z.number().int(),
        type: z.literal('unsupported'),
        chatferry: messageExtra,
      }));
    case 'message': {
      const blocks = BLOCKS.filter(
        ({ mark }) => mark in message && !(mark === 'location_information' && 'place_name' in message),
      );
      if (blocks.length > 1) return `more than one media block: ${blocks.map(({ mark }) => mark).join(', ')}`;
      const [block] = blocks;
      const type = z.literal('message');
      return made(`message ${block?.mark ?? ''}`, () => ({
        ...HEAD,
        type,
        ...ORIGIN,
        ...block?.shape,
        ...TEXT,
        ...TAIL,
      }));
    }
    case 'service':
      return serviceSchema(message);
    default:
      return `type: ${String(message['type'])}`;
  }
}

function serviceSchema(message: Parsed): z.ZodType | string {
  const action = message['action'];
  const fields = fieldsOf(message, action);
  if (fields === undefined) return `action: ${String(action)}`;
  const actor: Shape = typeof action === 'string' && WITHOUT_ACTOR.includes(action) ? {} : ACTOR;
  const word: Shape = action === undefined ? {} : { action: z.string() };
  const type = z.literal('service');
  return made(`service ${String(action)} ${String(fields === ACTIONS[String(action)])}`, () => ({
    ...HEAD,
    type,
    ...actor,
    ...word,
    ...fields,
    ...TEXT,
    ...TAIL,
  }));
}

function fieldsOf(message: Parsed, action: unknown): Shape | undefined {
  if (action === undefined) return { information_text: z.string() }; // A custom action has no word.
  if (typeof action !== 'string') return undefined;
  const { chatferry } = message as { chatferry?: { service?: { constructor_name?: unknown } } };
  if (typeof chatferry?.service?.constructor_name === 'string') return {}; // One that Desktop has no word for.
  return ACTIONS[action];
}

function consistencyProblems(message: Parsed, timeZone: string): string[] {
  if (message['type'] === 'unsupported') return [];
  const found: string[] = [];
  const textOf = (parts: unknown): string =>
    typeof parts === 'string'
      ? parts
      : (parts as (string | { text: string })[]).map((part) => (typeof part === 'string' ? part : part.text)).join('');
  if (textOf(message['text']) !== textOf(message['text_entities'])) found.push('text: not what text_entities say');
  for (const key of ['date', 'edited']) {
    if (!(key in message)) continue;
    const unixSeconds = Number(message[`${key}_unixtime`]);
    if (message[key] !== wallClock(unixSeconds, timeZone)) found.push(`${key}: not ${key}_unixtime in ${timeZone}`);
  }
  return found;
}

const CLOCKS = new Map<string, Intl.DateTimeFormat>();

/** Swedish writes dates as ISO does. */
function wallClock(unixSeconds: number, timeZone: string): string {
  const clock =
    CLOCKS.get(timeZone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  CLOCKS.set(timeZone, clock);
  return clock.format(unixSeconds * 1000).replace(' ', 'T');
}

function problems(place: string, error: z.ZodError): string[] {
  return error.issues.map(
    (issue) => `${[place, ...issue.path.map(String)].filter(Boolean).join('.')}: ${issue.message}`,
  );
}
