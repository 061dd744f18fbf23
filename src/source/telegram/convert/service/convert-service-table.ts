import type { Api } from 'telegram';

import type { ServiceAction } from '../../../../chat/service-action.js';
import type { Reply } from '../../../../chat/message.js';

/** A constructor name of TL `MessageAction`. */
export type ActionName = Api.TypeMessageAction['className'];

/** The object type of a constructor name. */
export type ActionOf<Name extends ActionName> = Extract<Api.TypeMessageAction, { readonly className: Name }>;

/**
 * Converters of the named actions. Tables of this type keep the conversion complete: the compiler requires every
 * constructor of the layer in one of them.
 *
 * @remarks `reply` is the converted reply of the service message. Some actions name their message only there.
 */
export type ActionTable<Name extends ActionName> = {
  readonly [Key in Name]: (action: ActionOf<Key>, reply: Reply | undefined) => ServiceAction;
};

/** Converts an action that the domain has no name for. */
export function otherAction(action: { readonly className: string }): ServiceAction {
  return { action: 'other', constructorName: action.className };
}
