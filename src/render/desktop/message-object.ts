import type { MessageRecord } from '../../archive/records.js';
import { buttonKeys } from './buttons.js';
import { contentKeys } from './content-keys.js';
import type { DesktopContext } from './desktop-context.js';
import { extraKeys, unsupportedExtraKeys } from './extra-keys.js';
import { headKeys, originKeys } from './head.js';
import type { JsonObject } from './json-text.js';
import { mediaKeys } from './media-keys.js';
import { reactionKeys } from './reactions.js';
import { serviceKeys } from './service-keys.js';
import { desktopText } from './text.js';

/**
 * A message as an item of `messages`: Telegram Desktop's keys in Desktop's order, then `chatferry` with what they leave
 * out.
 */
export function messageObject(record: MessageRecord, context: DesktopContext): JsonObject {
  const { message, media } = record;
  if (message.kind === 'unsupported' || message.kind === 'undecoded') {
    return { id: message.id, type: 'unsupported', chatferry: unsupportedExtraKeys(record) };
  }

  const { text, textEntities, isLossy } = desktopText(message.text);
  return {
    ...headKeys(message, context),
    ...(message.kind === 'service' ? serviceKeys(message, media, context) : originKeys(message, context)),
    ...mediaKeys(media),
    ...contentKeys(message, media, context),
    text,
    text_entities: textEntities,
    ...buttonKeys(message.buttons),
    ...reactionKeys(message.reactions, context),
    chatferry: extraKeys(record, isLossy),
  };
}
