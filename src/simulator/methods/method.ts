import type { AuthKey } from '../crypto/auth-key.js';
import { RpcRefusal } from '../state/rpc-refusal.js';
import type { TelegramState } from '../state/telegram-state.js';
import type { TlObject, TlValue } from '../tl/tl-object.js';

/** One call of a method, wrappers taken off. */
export interface MethodCall {
  readonly params: TlObject;
  readonly state: TelegramState;
  /** The permanent key of the caller. Logins write to it. */
  readonly key: AuthKey;
  /** The data centre that was asked. */
  readonly dcId: number;
}

/**
 * Answers with a value of the type that the schema says the method returns.
 *
 * @throws {RpcRefusal} to answer with an `rpc_error`.
 */
export type MethodHandler = (call: MethodCall) => TlValue | Promise<TlValue>;

export interface Method {
  readonly handle: MethodHandler;
  /** Whether it may be called before login. @defaultValue `false` */
  readonly isOpen?: boolean;
  /** Whether CDN data centres serve it; they serve nothing else, and no other data centre does. @defaultValue `false` */
  readonly isCdn?: boolean;
}

/** Methods by schema name. */
export type MethodTable = Readonly<Record<string, Method>>;

/** Who calls. @throws {RpcRefusal} `AUTH_KEY_UNREGISTERED` when nobody is logged in. */
export function callerOf({ key }: MethodCall): bigint {
  if (key.userId !== undefined) return key.userId;
  throw new RpcRefusal(key.passwordUserId === undefined ? 'AUTH_KEY_UNREGISTERED' : 'SESSION_PASSWORD_NEEDED', 401);
}
