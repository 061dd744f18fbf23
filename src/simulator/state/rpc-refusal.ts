import { ChatferryError } from '../../errors/chatferry-error.js';

/**
 * Refuses a call. It is answered with an `rpc_error`, and never leaves the server.
 *
 * @example throw new RpcRefusal('CHANNEL_PRIVATE');
 */
export class RpcRefusal extends ChatferryError {
  /** Telegram's error text, such as `FLOOD_WAIT_12`. */
  readonly text: string;
  readonly rpcCode: number;

  /** @param rpcCode by default the code that Telegram uses with such a text. */
  constructor(text: string, rpcCode: number = usualCode(text)) {
    super('REMOTE_ERROR', `${text} (${rpcCode})`);
    this.text = text;
    this.rpcCode = rpcCode;
  }
}

/** Error codes (https://core.telegram.org/api/errors). The first match is used; all other texts have 400. */
const CODES: readonly (readonly [code: number, pattern: RegExp])[] = [
  [303, /_MIGRATE_\d+$/],
  [420, /^(FLOOD_|SLOWMODE_WAIT|TAKEOUT_INIT_DELAY)/],
  [500, /^AUTH_KEY_UNSYNCHRONIZED$/],
  [401, /^(AUTH_KEY_(UNREGISTERED|INVALID|PERM_EMPTY)|SESSION_|USER_DEACTIVATED)/],
  [403, /^(CHAT_FORBIDDEN|CHAT_WRITE_FORBIDDEN|CHAT_ADMIN_REQUIRED|CHANNEL_PUBLIC_GROUP_NA)/],
  [403, /^(USER_PRIVACY_RESTRICTED|TAKEOUT_REQUIRED)/],
  [404, /^METHOD_INVALID$/],
  [406, /^(AUTH_KEY_DUPLICATED|FILEREF_UPGRADE_NEEDED|UPDATE_APP_TO_LOGIN)$/],
  [406, /^(CHANNEL_PRIVATE|PHONE_NUMBER_INVALID|PHONE_PASSWORD_FLOOD)$/],
  [-503, /^timeout$/i],
  [500, /^(INTERNAL|RPC_CALL_FAIL|RPC_MCGET_FAIL|AUTH_RESTART|SIGN_IN_FAILED|CDN_UPLOAD_TIMEOUT)/],
  [500, /^(NEED_DOC_INVALID|VOLUME_MOVE_INVALID|PERSISTENT_TIMESTAMP_OUTDATED|RANDOM_ID_DUPLICATE)$/],
];

function usualCode(text: string): number {
  return CODES.find(([, pattern]) => pattern.test(text))?.[0] ?? 400;
}
