import type { AuthKey } from '../crypto/auth-key.js';
import { RpcRefusal } from './rpc-refusal.js';
import { intIn, longIn, longsIn, objectIn } from '../tl/fields.js';
import type { TlObject } from '../tl/tl-object.js';

/** A request without its wrappers. */
export interface UnwrappedCall {
  readonly request: TlObject;
  /** Messages of the same session that must be answered first. */
  readonly after: readonly bigint[];
  /** The takeout session of the request. */
  readonly takeoutId?: bigint;
}

/**
 * Removes the wrappers of a method (`invokeWithLayer`, `initConnection`, …). The layer is stored with the key, as
 * Telegram does, so that it also applies to later requests and other connections with that key.
 *
 * @throws {RpcRefusal} `CONNECTION_NOT_INITED` if there is no method inside.
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
