import type { Api } from 'telegram';

import type { Media } from '../../../../chat/media.js';
import type { Reply } from '../../../../chat/message.js';
import type { ServiceAction } from '../../../../chat/service-action.js';
import { convertChatPhoto, NO_MEDIA } from '../convert-media.js';
import { GROUP_ACTIONS } from './convert-service-group.js';
import { PAYMENT_ACTIONS } from './convert-service-payment.js';
import { otherAction, type ActionName, type ActionTable } from './convert-service-table.js';
import { TALK_ACTIONS } from './convert-service-talk.js';

const ACTIONS: ActionTable<ActionName> = { ...GROUP_ACTIONS, ...PAYMENT_ACTIONS, ...TALK_ACTIONS };

type Converter = (action: Api.TypeMessageAction, reply: Reply | undefined) => ServiceAction;

/** By constructor name. A map, as a name from the network may be one that objects inherit, such as `constructor`. */
const CONVERTERS: ReadonlyMap<string, Converter> = new Map(Object.entries(ACTIONS) as [string, Converter][]);

/**
 * Converts the action of a service message. An action that this layer does not know, or that the domain has no name
 * for, becomes `other`.
 *
 * @param reply - The converted reply of the same message. Pins, payments and scores name their message only there.
 */
export function convertService(action: Api.TypeMessageAction, reply: Reply | undefined): ServiceAction {
  const convert = CONVERTERS.get(action.className) ?? otherAction;
  return convert(action, reply);
}

/** The photo that came with the action, if any, and its animated version. */
export function convertServiceMedia(action: Api.TypeMessageAction): readonly Media[] {
  switch (action.className) {
    case 'MessageActionChatEditPhoto':
    case 'MessageActionSuggestProfilePhoto':
      return convertChatPhoto(action.photo);
    default:
      return NO_MEDIA;
  }
}
