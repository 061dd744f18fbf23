import type { MediaRecord } from '../../chat/record.js';
import type { Message } from '../../chat/message.js';
import type { ServiceAction } from '../../chat/service-action.js';
import type { DesktopContext } from './desktop-context.js';
import type { JsonObject } from './json-text.js';
import { chatPhotoKeys } from './media-keys.js';
import { snakeCase } from './own-words.js';
import { serviceFields } from './service-fields.js';

/** Actions for which Telegram Desktop writes no actor. */
const WITHOUT_ACTOR: ReadonlySet<ServiceAction['action']> = new Set([
  'send_payment',
  'send_passport_values',
  'proximity_reached',
  'send_webview_data',
  'gift_code_prize',
  'giveaway_launch',
  'giveaway_results',
  'refunded_payment',
] satisfies ServiceAction['action'][]);

/** The keys of a service message after its head: actor, action, and details. */
export function serviceKeys(
  { service, senderId }: Message,
  records: readonly MediaRecord[],
  context: DesktopContext,
): JsonObject {
  const hasActor = senderId !== undefined && (service === undefined || !WITHOUT_ACTOR.has(service.action));
  return {
    actor: hasActor ? context.names.name(senderId) : undefined,
    actor_id: hasActor ? senderId : undefined,
    ...(service === undefined ? undefined : { action: actionWord(service), ...serviceFields(service, context) }),
    ...chatPhotoKeys(records),
  };
}

/** A custom action has no word. An unknown action is named after its constructor. */
function actionWord(service: ServiceAction): string | undefined {
  if (service.action === 'custom') return undefined;
  if (service.action !== 'other') return service.action;
  return snakeCase(service.constructorName.replace(/^messageAction(?=.)/i, ''));
}
