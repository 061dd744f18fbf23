import { ChatferryError } from '../errors/chatferry-error.js';

/**
 * How a method says no. The session turns it into an `rpc_error`; it never leaves the server.
 *
 * @example throw new RpcRefusal('CHANNEL_PRIVATE');
 */
export class RpcRefusal extends ChatferryError {
  /** Telegram's error text, such as `FLOOD_WAIT_12`. */
  readonly text: string;
  readonly rpcCode: number;

  /** @param rpcCode by default the one that Telegram sends along with such a text. */
  constructor(text: string, rpcCode: number = usualCode(text)) {
    super('REMOTE_ERROR', `${text} (${rpcCode})`);
    this.text = text;
    this.rpcCode = rpcCode;
  }
}

/** https://core.telegram.org/api/errors: the families of codes. */
function usualCode(text: string): number {
  if (/_MIGRATE_\d+$/.test(text)) return 303;
  if (/^(FLOOD_|SLOWMODE_WAIT|TAKEOUT_INIT_DELAY)/.test(text)) return 420;
  if (/^(AUTH_KEY_(UNREGISTERED|INVALID|PERM_EMPTY)|SESSION_|USER_DEACTIVATED)/.test(text)) return 401;
  if (/^(CHAT_FORBIDDEN|CHAT_WRITE_FORBIDDEN|USER_PRIVACY_RESTRICTED|TAKEOUT_REQUIRED)/.test(text)) return 403;
  if (/^(AUTH_KEY_DUPLICATED|CHANNEL_PRIVATE|PHONE_NUMBER_INVALID)$/.test(text)) return 406;
  if (text === 'TIMEOUT' || text === 'Timeout') return -503;
  if (/^(INTERNAL|RPC_CALL_FAIL|RPC_MCGET_FAIL)/.test(text)) return 500;
  return 400;
}
