import type { AuthKey } from '../crypto/auth-key.js';
import { RpcRefusal } from './rpc-refusal.js';
import { intIn, longIn, longsIn, objectIn } from '../tl/fields.js';
import type { TlObject } from '../tl/tl-object.js';

/** A request with its wrappers taken off. */
export interface UnwrappedCall {
  readonly request: TlObject;
  /** Messages of the same session whose answers must come first. */
  readonly after: readonly bigint[];
  /** The takeout session it is part of. */
  readonly takeoutId?: bigint;
}

/**
 * Takes off what wraps a method (`invokeWithLayer`, `initConnection`, …). The layer named on the way is kept with the
 * key, as the real service does: later requests and other connections of that key speak it too.
 *
 * @throws {RpcRefusal} `CONNECTION_NOT_INITED` when nothing is inside.
 */
export function unwrapCall(outer: TlObject, key: AuthKey): UnwrappedCall {
  let request = outer;
  let takeoutId: bigint | undefined;
  const after: bigint[] = [];
  for (;;) {
    switch (request._) {
      case 'invokeWithLayer':
        key.layer = intIn(request, 'layer');
        break;
      case 'invokeWithTakeout':
        takeoutId = longIn(request, 'takeout_id');
        break;
      case 'invokeAfterMsg':
        after.push(longIn(request, 'msg_id'));
        break;
      case 'invokeAfterMsgs':
        after.push(...longsIn(request, 'msg_ids'));
        break;
      case 'initConnection':
      case 'invokeWithoutUpdates':
      case 'invokeWithMessagesRange':
      case 'invokeWithReCaptcha':
        break;
      default:
        if (request._ === '') throw new RpcRefusal('CONNECTION_NOT_INITED');
        return takeoutId === undefined ? { request, after } : { request, after, takeoutId };
    }
    request = objectIn(request, 'query');
  }
}
