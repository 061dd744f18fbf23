import type { Api } from 'telegram';

import type { EntityKind, FormattedText, TextEntity } from '../../../chat/text.js';

const KINDS: Readonly<Record<Api.TypeMessageEntity['className'], EntityKind>> = {
  MessageEntityUnknown: 'unknown',
  MessageEntityMention: 'mention',
  MessageEntityHashtag: 'hashtag',
  MessageEntityCashtag: 'cashtag',
  MessageEntityBotCommand: 'bot-command',
  MessageEntityUrl: 'link',
  MessageEntityEmail: 'email',
  MessageEntityPhone: 'phone',
  MessageEntityBankCard: 'bank-card',
  MessageEntityBold: 'bold',
  MessageEntityItalic: 'italic',
  MessageEntityUnderline: 'underline',
  MessageEntityStrike: 'strikethrough',
  MessageEntitySpoiler: 'spoiler',
  MessageEntityCode: 'code',
  MessageEntityPre: 'pre',
  MessageEntityTextUrl: 'text-link',
  MessageEntityMentionName: 'mention-name',
  InputMessageEntityMentionName: 'mention-name',
  MessageEntityBlockquote: 'blockquote',
  MessageEntityCustomEmoji: 'custom-emoji',
};

/** By constructor name. A map, as a name from the network may be one that objects inherit, such as `constructor`. */
const KIND_BY_NAME: ReadonlyMap<string, EntityKind> = new Map(Object.entries(KINDS));

const NO_ENTITIES: readonly TextEntity[] = [];

/** The shared value of every empty text. */
export const EMPTY_TEXT: FormattedText = { text: '', entities: NO_ENTITIES };

/**
 * A text with its entities in ascending order of offset. Entities with the same offset keep Telegram's order, the outer
 * one first.
 */
export function convertText(
  text: string,
  entities: readonly Api.TypeMessageEntity[] | null | undefined,
): FormattedText {
  if (entities == null || entities.length === 0) {
    return text === '' ? EMPTY_TEXT : { text, entities: NO_ENTITIES };
  }
  return { text, entities: inOrder(entities.map(convertEntity)) };
}

/** TL `textWithEntities`. */
export function convertTextWithEntities(text: Api.TypeTextWithEntities): FormattedText {
  return convertText(text.text, text.entities);
}

function convertEntity(entity: Api.TypeMessageEntity): TextEntity {
  const { offset, length } = entity;
  const kind = KIND_BY_NAME.get(entity.className) ?? 'unknown';
  switch (entity.className) {
    case 'MessageEntityPre':
      return { kind, offset, length, language: entity.language };
    case 'MessageEntityTextUrl':
      return { kind, offset, length, url: entity.url };
    case 'MessageEntityMentionName':
      return { kind, offset, length, userId: entity.userId.toString() };
    case 'InputMessageEntityMentionName':
      return entity.userId.className === 'InputUser' || entity.userId.className === 'InputUserFromMessage'
        ? { kind, offset, length, userId: entity.userId.userId.toString() }
        : { kind, offset, length };
    case 'MessageEntityBlockquote':
      return { kind, offset, length, collapsed: entity.collapsed === true };
    case 'MessageEntityCustomEmoji':
      return { kind, offset, length, documentId: entity.documentId.toString() };
    default:
      return { kind, offset, length };
  }
}

/** Telegram nearly always sends entities sorted, so checking costs less than sorting. */
function inOrder(entities: TextEntity[]): readonly TextEntity[] {
  const sorted = entities.every((entity, index) => entity.offset >= (entities[index - 1]?.offset ?? 0));
  return sorted ? entities : entities.sort((a, b) => a.offset - b.offset);
}
