import { ChatferryError, isChatferryError } from '../../../errors/chatferry-error.js';
import { rpcErrorText } from '../wire/rpc-errors.js';

interface Refusal {
  readonly pattern: RegExp;
  /** The cause and the remedy, in one sentence each. */
  readonly sentence: string;
}

// Texts from the pages of auth.sendCode, auth.signIn, auth.checkPassword and auth.importBotAuthorization at
// https://core.telegram.org/methods. The first match is used.
const REFUSALS: readonly Refusal[] = [
  {
    pattern: /^API_ID_INVALID$/,
    sentence:
      'Telegram does not know this TELEGRAM_API_ID and TELEGRAM_API_HASH. Copy both again from https://my.telegram.org/apps.',
  },
  {
    pattern: /^API_ID_PUBLISHED_FLOOD$/,
    sentence:
      'This TELEGRAM_API_ID was published and is blocked for logins. Create your own at https://my.telegram.org/apps.',
  },
  {
    pattern: /^PHONE_NUMBER_BANNED$/,
    sentence: 'Telegram has banned this phone number. Only its support can help: https://telegram.org/support.',
  },
  {
    pattern: /^PHONE_NUMBER_FLOOD$/,
    sentence: 'Too many codes were requested for this number. Try again tomorrow.',
  },
  {
    pattern: /^PHONE_PASSWORD_FLOOD$/,
    sentence: 'There were too many logins with a wrong password. Try again tomorrow.',
  },
  {
    pattern: /^PHONE_PASSWORD_PROTECTED$/,
    sentence: 'This account is being reset and accepts no login now. Try again later.',
  },
  {
    pattern: /^PHONE_CODE_EXPIRED$/,
    sentence: 'That code has expired. Run `chatferry login` again for a new one.',
  },
  {
    pattern: /^PHONE_CODE_(?:INVALID|EMPTY)$/,
    sentence: 'The code was wrong too often. Run `chatferry login` again for a new one.',
  },
  {
    pattern: /^PASSWORD_HASH_INVALID$/,
    sentence: 'The password was wrong too often. If you have lost it, reset it in a Telegram app.',
  },
  {
    pattern: /^(?:PHONE_NUMBER_(?:INVALID|UNOCCUPIED))$/,
    sentence: 'Telegram knows no such phone number. Write it with the country code, such as +49…',
  },
  {
    pattern: /^(?:ACCESS_TOKEN_(?:INVALID|EXPIRED)|BOT_TOKEN_INVALID|USER_BOT_INVALID)$/,
    sentence: 'Telegram does not accept this TELEGRAM_BOT_TOKEN. @BotFather shows the valid one under /mybots.',
  },
  {
    pattern: /^AUTH_RESTART$/,
    sentence: 'Telegram asks to restart the login. Run `chatferry login` again.',
  },
];

/**
 * Runs a login. Replaces refusals of Telegram with an error that says the cause and the remedy.
 *
 * @throws {ChatferryError} `LOGIN_REFUSED` with the cause and the remedy; other errors of the login.
 */
export async function withReadableRefusals<Result>(login: () => Promise<Result>): Promise<Result> {
  try {
    return await login();
  } catch (error) {
    throw readable(error);
  }
}

function readable(error: unknown): unknown {
  if (isChatferryError(error, 'FLOOD_WAIT')) {
    const wait = waitText(error.retryAfterMs ?? 0);
    return new ChatferryError(
      'LOGIN_REFUSED',
      `There were too many login attempts. Telegram demands a pause of ${wait}. Try again after that.`,
      { cause: error },
    );
  }
  const text = rpcErrorText(error);
  const refusal = text === undefined ? undefined : REFUSALS.find(({ pattern }) => pattern.test(text));
  if (refusal === undefined) return error;
  return new ChatferryError('LOGIN_REFUSED', refusal.sentence, { cause: error });
}

function waitText(waitMs: number): string {
  const minutes = Math.ceil(waitMs / 60_000);
  if (minutes <= 90) return `${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`;
  return `${Math.ceil(minutes / 60)} hours`;
}
