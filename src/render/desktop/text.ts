import type { EntityKind, FormattedText, TextEntity } from '../../chat/text.js';
import { bareInteger, type JsonObject, type JsonValue, Verbatim } from './json-text.js';

/** A formatted text in the two forms that Telegram Desktop writes. */
export interface DesktopText {
  /** `text`: a string for plain text, otherwise an array of strings and entity objects. */
  readonly text: JsonValue;
  /** `text_entities`: the same parts, with plain text as objects too. */
  readonly textEntities: JsonValue;
  /** Whether both forms omit something: nested or overlapping entities, ids of custom emoji. */
  readonly isLossy: boolean;
}

/** Desktop writes this one empty array without a line break. */
const NO_ENTITIES = new Verbatim('[]');
const EMPTY: DesktopText = { text: '', textEntities: NO_ENTITIES, isLossy: false };

/** Telegram Desktop's words for the kinds of entities (SerializeText in export_output_json.cpp). */
const WORDS: Readonly<Record<EntityKind, string>> = {
  mention: 'mention',
  hashtag: 'hashtag',
  cashtag: 'cashtag',
  'bot-command': 'bot_command',
  link: 'link',
  email: 'email',
  phone: 'phone',
  'bank-card': 'bank_card',
  bold: 'bold',
  italic: 'italic',
  underline: 'underline',
  strikethrough: 'strikethrough',
  spoiler: 'spoiler',
  code: 'code',
  pre: 'pre',
  'text-link': 'text_link',
  'mention-name': 'mention_name',
  blockquote: 'blockquote',
  'custom-emoji': 'custom_emoji',
  unknown: 'unknown',
};

/**
 * Splits a text into parts that do not overlap, as Telegram Desktop does: of nested or overlapping entities, only the one
 * that begins first is kept. Joining the parts gives the text.
 */
export function desktopText({ text, entities }: FormattedText): DesktopText {
  if (text === '') return entities.length === 0 ? EMPTY : { ...EMPTY, isLossy: true };
  if (entities.length === 0) return { text, textEntities: [plainPart(text)], isLossy: false };

  const parts: JsonValue[] = [];
  const objects: JsonObject[] = [];
  let isLossy = false;
  let done = 0;
  const addPlain = (end: number): void => {
    if (end === done) return;
    const plain = text.slice(done, end);
    parts.push(plain);
    objects.push(plainPart(plain));
  };

  for (const entity of entities) {
    const start = characterStart(text, entity.offset);
    const end = characterEnd(text, entity.offset + entity.length);
    if (start !== entity.offset || end !== entity.offset + entity.length || entity.kind === 'custom-emoji') {
      isLossy = true;
    }
    if (start < done || end <= start) {
      isLossy = true;
      continue;
    }
    addPlain(start);
    const part = entityPart(entity, text.slice(start, end));
    parts.push(part);
    objects.push(part);
    done = end;
  }
  addPlain(text.length);

  const [first] = parts;
  const onlyPlain = parts.length === 1 && typeof first === 'string';
  return { text: onlyPlain ? first : parts, textEntities: objects, isLossy };
}

function plainPart(text: string): JsonObject {
  return { type: 'plain', text };
}

function entityPart(entity: TextEntity, text: string): JsonObject {
  const type = WORDS[entity.kind];
  switch (entity.kind) {
    case 'pre':
      return { type, text, language: entity.language ?? '' };
    case 'text-link':
      return { type, text, href: entity.url ?? '' };
    case 'mention-name':
      return { type, text, user_id: entity.userId === undefined ? undefined : bareInteger(entity.userId) };
    case 'blockquote':
      return { type, text, collapsed: entity.collapsed ?? false };
    case 'custom-emoji':
      // The path of the emoji's file. Desktop writes an empty string when the user did not select such files.
      return { type, text, document_id: '' };
    default:
      return { type, text };
  }
}

/** An entity that begins inside a surrogate pair is extended to the whole character: half of one has no UTF-8 encoding. */
function characterStart(text: string, offset: number): number {
  const start = Math.min(Math.max(offset, 0), text.length);
  return splitsPair(text, start) ? start - 1 : start;
}

function characterEnd(text: string, offset: number): number {
  const end = Math.min(Math.max(offset, 0), text.length);
  return splitsPair(text, end) ? end + 1 : end;
}

function splitsPair(text: string, index: number): boolean {
  return index > 0 && index < text.length && isHigh(text.charCodeAt(index - 1)) && isLow(text.charCodeAt(index));
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
