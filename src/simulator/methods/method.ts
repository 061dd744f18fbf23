import type { AuthKey } from '../crypto/auth-key.js';
import { RpcRefusal } from '../state/rpc-refusal.js';
import type { TelegramState } from '../state/telegram-state.js';
import type { TlObject, TlValue } from '../tl/tl-object.js';

/** One call of a method, without its wrappers. */
export interface MethodCall {
  readonly params: TlObject;
  readonly state: TelegramState;
  /** The permanent key of the caller. Logins modify it. */
  readonly key: AuthKey;
  /** The data centre that received the call. */
  readonly dcId: number;
}

/**
 * Returns the answer: a value of the method's result type in the schema.
 *
 * @throws {RpcRefusal} to answer with an `rpc_error`.
 */
export type MethodHandler = (call: MethodCall) => TlValue | Promise<TlValue>;

export interface Method {
  readonly handle: MethodHandler;
  /** Whether it may be called before login. @defaultValue `false` */
  readonly isOpen?: boolean;
  /** Whether only CDN data centres serve it. They serve no other methods. @defaultValue `false` */
  readonly isCdn?: boolean;
}

/** Methods by schema name. */
export type MethodTable = Readonly<Record<string, Method>>;

/** The user id of the caller. @throws {RpcRefusal} `AUTH_KEY_UNREGISTERED` if nobody is logged in. */
export function callerOf({ key }: MethodCall): bigint {
  if (key.userId !== undefined) return key.userId;
  throw new RpcRefusal(key.passwordUserId === undefined ? 'AUTH_KEY_UNREGISTERED' : 'SESSION_PASSWORD_NEEDED', 401);
}
