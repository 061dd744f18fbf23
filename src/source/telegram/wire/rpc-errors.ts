import { RPCError } from 'telegram/errors/index.js';

import { ChatferryError, type ErrorCode, isChatferryError } from '../../../errors/chatferry-error.js';

/**
 * The server's own words behind an error: `PHONE_CODE_INVALID`. Undefined when it was not the server that refused.
 */
export function rpcErrorText(error: unknown): string | undefined {
  const rpcError = error instanceof ChatferryError ? error.cause : error;
  return rpcError instanceof RPCError ? rpcError.errorMessage : undefined;
}

/** The data centre that an error sends us to. Undefined when it sends us nowhere. */
export function migrationTarget(
  text: string,
): { readonly kind: 'account' | 'file'; readonly dcId: number } | undefined {
  const match = /^(PHONE|NETWORK|USER|FILE|STATS)_MIGRATE_(\d+)$/.exec(text);
  if (match === null) return undefined;
  return { kind: match[1] === 'FILE' || match[1] === 'STATS' ? 'file' : 'account', dcId: Number(match[2]) };
}

// https://core.telegram.org/api/errors: 500 is the server's own trouble; -503 is its timeout.
const TRANSIENT =
  /^(?:TIMEOUT|INTERNAL|RPC_\w+_FAIL|WORKER_BUSY|INTERDC_|MSG_WAIT_|CONNECTION_NOT_INITED|NEED_MEMBER_INVALID$)/;

/** Whether the same request may well succeed in a moment. */
export function isTransient(error: unknown): boolean {
  if (isChatferryError(error)) return error.code === 'UNREACHABLE' || error.code === 'TIMEOUT';
  if (!(error instanceof RPCError)) return false;
  return Math.abs(error.code ?? 0) >= 500 || TRANSIENT.test(error.errorMessage);
}

interface ErrorClass {
  readonly code: ErrorCode;
  readonly pattern: RegExp;
  /** What it means and what to do about it. */
  readonly meaning: string;
}

// First match wins. Texts from https://core.telegram.org/api/errors and the method pages it links to.
const CLASSES: readonly ErrorClass[] = [
  {
    code: 'LOGIN_REQUIRED',
    pattern: /^(?:AUTH_KEY_|SESSION_(?:REVOKED|EXPIRED)|USER_DEACTIVATED|ACCOUNT_RESET)/,
    meaning: 'The login is not valid any more. Run `chatferry login`.',
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
    meaning: 'The file reference is too old.',
  },
  {
    code: 'MEDIA_UNAVAILABLE',
    pattern:
      /^(?:FILE_ID_INVALID|LOCATION_INVALID|LOCATION_NOT_AVAILABLE|FILE_NOT_FOUND|PHOTO_INVALID|DOCUMENT_INVALID)/,
    meaning: 'Telegram does not have this file any more.',
  },
];

/** What an error answer means to the rest of the program. Flood waits and migrations are dealt with before this. */
export function classifyRpcError(error: RPCError, method: string): ChatferryError {
  const { errorMessage: text, code: number } = error;
  const found = CLASSES.find(({ pattern }) => pattern.test(text));
  const said = `Telegram answered ${method} with ${text}`;
  if (found !== undefined) return new ChatferryError(found.code, `${found.meaning} (${said}.)`, { cause: error });
  if (isTransient(error)) {
    return new ChatferryError(
      'REMOTE_ERROR',
      `${said}. Its servers are in trouble; run the same command again later.`,
      {
        cause: error,
        retryable: true,
      },
    );
  }
  // https://core.telegram.org/api/errors: 401 is about the login, 403 about rights, 406 like 401 or 403.
  if (number === 401)
    return new ChatferryError('LOGIN_REQUIRED', `${said}. Run \`chatferry login\`.`, { cause: error });
  if (number === 403)
    return new ChatferryError('NO_ACCESS', `${said}: this account may not do that.`, { cause: error });
  return new ChatferryError('REMOTE_ERROR', `${said}${number === undefined ? '' : ` (${number})`}.`, { cause: error });
}
