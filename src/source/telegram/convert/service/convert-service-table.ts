import type { Api } from 'telegram';

import type { ServiceAction } from '../../../../chat/service-action.js';
import type { Reply } from '../../../../chat/message.js';

/** A constructor name of TL `MessageAction`. */
export type ActionName = Api.TypeMessageAction['className'];

/** The object of a constructor name. */
export type ActionOf<Name extends ActionName> = Extract<Api.TypeMessageAction, { readonly className: Name }>;

/**
 * How to convert the actions named. Tables of this type are what keeps the conversion whole: the compiler asks for
 * every constructor of the layer in exactly one of them.
 *
 * @remarks `reply` is the converted reply of the service message: some actions name their message only there.
 */
export type ActionTable<Name extends ActionName> = {
  readonly [Key in Name]: (action: ActionOf<Key>, reply: Reply | undefined) => ServiceAction;
};

/** For actions that have no word of their own. */
export function otherAction(action: { readonly className: string }): ServiceAction {
  return { action: 'other', constructorName: action.className };
}
