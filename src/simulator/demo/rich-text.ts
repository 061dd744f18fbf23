import type { TlObject } from '../tl/tl-object.js';
import type { Fields } from '../world/world-builder.js';

/** Text with TL `MessageEntity`s, offsets in UTF-16 code units. */
export interface RichText {
  readonly message: string;
  /** In ascending order of offset. An outer entity comes before those inside it. */
  readonly entities: readonly TlObject[];
}

export type RichPart = string | RichText;

/** Joins parts into one text. */
export function rich(...parts: readonly RichPart[]): RichText {
  let message = '';
  const entities: TlObject[] = [];
  for (const part of parts) {
    const { message: text, entities: inner } = typeof part === 'string' ? { message: part, entities: [] } : part;
    for (const entity of inner) entities.push({ ...entity, offset: numberOf(entity, 'offset') + message.length });
    message += text;
  }
  entities.sort(
    (left, right) =>
      numberOf(left, 'offset') - numberOf(right, 'offset') || numberOf(right, 'length') - numberOf(left, 'length'),
  );
  return { message, entities };
}

/**
 * Applies an entity to a whole part.
 *
 * @param name - The end of the entity's constructor name: `Bold` for `messageEntityBold`.
 * @param fields - Further fields of the entity: `{ url: '…' }`.
 */
export function styled(name: string, part: RichPart, fields: Fields = {}): RichText {
  const { message, entities } = rich(part);
  return {
    message,
    entities: [{ _: `messageEntity${name}`, offset: 0, length: message.length, ...fields }, ...entities],
  };
}

const MARKUP =
  /\*\*(?<Bold>.+?)\*\*|__(?<Italic>.+?)__|`(?<Code>.+?)`|\|\|(?<Spoiler>.+?)\|\||(?<Url>https?:\/\/[^\s)]+)|(?<Mention>@[a-z]\w{3,})|(?<Hashtag>#\p{L}[\p{L}\d_]*)/gu;

/**
 * Reads the markup of the story: `**bold**`, `__italic__`, code in backticks, `||spoiler||`. Links, `@mentions` and
 * `#tags` are recognised as in Telegram.
 */
export function richFromMarkup(markup: string): RichText {
  const parts: RichPart[] = [];
  let end = 0;
  for (const match of markup.matchAll(MARKUP)) {
    parts.push(markup.slice(end, match.index));
    const [name, text] =
      Object.entries(match.groups ?? {}).find(([, found]) => (found as string | undefined) !== undefined) ?? [];
    if (name !== undefined && text !== undefined) parts.push(styled(name, text));
    end = match.index + match[0].length;
  }
  return rich(...parts, markup.slice(end));
}

/** The fields of a TL `message`. Without entities, the field is absent. */
export function textFields(part: RichPart): Fields {
  const { message, entities } = rich(part);
  return { message, ...(entities.length > 0 && { entities }) };
}

/** A TL `textWithEntities`. */
export function textWithEntities(part: RichPart): TlObject {
  return { _: 'textWithEntities', text: rich(part).message, entities: rich(part).entities };
}

function numberOf(entity: TlObject, field: 'offset' | 'length'): number {
  return Number(entity[field]);
}
