import { RPCError } from 'telegram/errors/index.js';

import { ChatferryError, type ErrorCode, isChatferryError } from '../../../errors/chatferry-error.js';

/**
 * The server's error text, such as `PHONE_CODE_INVALID`. Undefined if the error does not come from the server.
 */
export function rpcErrorText(error: unknown): string | undefined {
  const rpcError = error instanceof ChatferryError ? error.cause : error;
  return rpcError instanceof RPCError ? rpcError.errorMessage : undefined;
}

/** The data centre that a migration error names. Undefined for other errors. */
export function migrationTarget(
  text: string,
): { readonly kind: 'account' | 'file'; readonly dcId: number } | undefined {
  const match = /^(PHONE|NETWORK|USER|FILE|STATS)_MIGRATE_(\d+)$/.exec(text);
  if (match === null) return undefined;
  return { kind: match[1] === 'FILE' || match[1] === 'STATS' ? 'file' : 'account', dcId: Number(match[2]) };
}

// 500 is an internal error of the server; -503 is its timeout (https://core.telegram.org/api/errors).
const TRANSIENT =
  /^(?:TIMEOUT|INTERNAL|RPC_\w+_FAIL|WORKER_BUSY|INTERDC_|MSG_WAIT_|CONNECTION_NOT_INITED|NEED_MEMBER_INVALID$)/;

/** Whether the same request is likely to succeed soon. */
export function isTransient(error: unknown): boolean {
  if (isChatferryError(error)) return error.code === 'UNREACHABLE' || error.code === 'TIMEOUT';
  if (!(error instanceof RPCError)) return false;
  return Math.abs(error.code ?? 0) >= 500 || TRANSIENT.test(error.errorMessage);
}

interface ErrorClass {
  readonly code: ErrorCode;
  readonly pattern: RegExp;
  /** The meaning and the remedy. */
  readonly meaning: string;
}

// The first match is used. Texts are from https://core.telegram.org/api/errors and the method pages that it links to.
const CLASSES: readonly ErrorClass[] = [
  {
    code: 'LOGIN_REQUIRED',
    pattern: /^(?:AUTH_KEY_|SESSION_(?:REVOKED|EXPIRED)|USER_DEACTIVATED|ACCOUNT_RESET)/,
    meaning: 'The login is no longer valid. Run `chatferry login`.',
  },
  {
    code: 'LOGIN_REFUSED',
    pattern: /^(?:API_ID_|PHONE_|PASSWORD_|SRP_|ACCESS_TOKEN_|SESSION_PASSWORD_NEEDED|BOT_TOKEN|SIGN_IN_FAILED|EMAIL_)/,
    meaning:
      'The login was refused. Check the phone number, code and password, or TELEGRAM_BOT_TOKEN, and TELEGRAM_API_ID.',
  },
  {
    code: 'NO_ACCESS',
    pattern: /^BOT_METHOD_INVALID/,
    meaning: 'Telegram does not let bots do this. Log in with a phone number instead.',
  },
  {
    code: 'NO_ACCESS',
    pattern:
      /^(?:CHANNEL_PRIVATE|CHAT_FORBIDDEN|CHAT_RESTRICTED|CHAT_ADMIN_REQUIRED|CHANNEL_PUBLIC_GROUP_NA|USER_(?:BANNED|NOT_PARTICIPANT|PRIVACY)|TAKEOUT_|PRIVACY_)/,
    meaning: 'This account may not read that chat: it is private, or the account has left or was removed.',
  },
  {
    code: 'CHAT_NOT_FOUND',
    pattern: /^(?:USERNAME_|PEER_ID_INVALID|CHANNEL_INVALID|CHAT_ID_INVALID|USER_ID_INVALID|CHAT_INVALID)/,
    meaning: 'There is no such chat for this account. `chatferry chats` lists them.',
  },
  {
    code: 'FILE_REFERENCE_EXPIRED',
    pattern: /^FILE_REFERENCE_/,
    meaning: 'The file reference has expired.',
  },
  {
    code: 'MEDIA_UNAVAILABLE',
    pattern:
      /^(?:FILE_ID_INVALID|LOCATION_INVALID|LOCATION_NOT_AVAILABLE|FILE_NOT_FOUND|PHOTO_INVALID|DOCUMENT_INVALID)/,
    meaning: 'Telegram no longer has this file.',
  },
];

/** Converts an RPC error to an error of this program. Flood waits and migrations are handled earlier. */
export function classifyRpcError(error: RPCError, method: string): ChatferryError {
  const { errorMessage: text, code: number } = error;
  const found = CLASSES.find(({ pattern }) => pattern.test(text));
  const answer = `Telegram answered ${method} with ${text}`;
  if (found !== undefined) return new ChatferryError(found.code, `${found.meaning} (${answer}.)`, { cause: error });
  if (isTransient(error)) {
    return new ChatferryError(
      'REMOTE_ERROR',
      `${answer}. Its servers have a problem. Run the same command again later.`,
      {
        cause: error,
        retryable: true,
      },
    );
  }
  // 401 is about the login, 403 about rights, 406 like 401 or 403 (https://core.telegram.org/api/errors).
  if (number === 401)
    return new ChatferryError('LOGIN_REQUIRED', `${answer}. Run \`chatferry login\`.`, { cause: error });
  if (number === 403)
    return new ChatferryError('NO_ACCESS', `${answer}: this account may not do that.`, { cause: error });
  const suffix = number === undefined ? '' : ` (${number})`;
  return new ChatferryError('REMOTE_ERROR', `${answer}${suffix}.`, { cause: error });
}
