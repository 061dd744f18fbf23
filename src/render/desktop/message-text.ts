import type { MessageRecord } from '../../chat/record.js';
import { buttonKeys } from './buttons.js';
import { contentKeys } from './content-keys.js';
import type { DesktopContext } from './desktop-context.js';
import { extraKeys, unsupportedExtraKeys } from './extra-keys.js';
import { headKeys, originParts } from './head.js';
import { type JsonObject, objectText } from './json-text.js';
import { mediaKeys } from './media-keys.js';
import { reactionKeys } from './reactions.js';
import { serviceKeys } from './service-keys.js';
import { desktopText } from './text.js';

/** Nesting level of messages in result.json: document, `messages`. */
const DEPTH = 2;

/**
 * A message as an item of `messages`, without leading indentation: Telegram Desktop's keys in Desktop's order, then
 * `chatferry` with what they omit.
 */
export function messageText(record: MessageRecord, context: DesktopContext): string {
  const { message } = record;
  switch (message.kind) {
    case 'unsupported':
    case 'undecoded':
      return objectText([{ id: message.id, type: 'unsupported' }, chatferry(unsupportedExtraKeys(record))], DEPTH);
    case 'service':
    case 'message':
      return objectText(messageParts(record, context), DEPTH);
  }
}

function messageParts({ message, media }: MessageRecord, context: DesktopContext): readonly (JsonObject | undefined)[] {
  const { text, textEntities, isLossy } = desktopText(message.text);
  return [
    headKeys(message, context),
    ...(message.kind === 'service'
      ? [serviceKeys(message, media, context)]
      : [...originParts(message, context), mediaKeys(media), contentKeys(message, media, context)]),
    { text, text_entities: textEntities },
    buttonKeys(message.buttons),
    reactionKeys(message.reactions, context),
    chatferry(extraKeys({ message, media }, isLossy)),
  ];
}

function chatferry(extra: JsonObject | undefined): JsonObject | undefined {
  return extra && { chatferry: extra };
}
