import { AuthKey } from 'telegram/crypto/AuthKey.js';
import { StringSession } from 'telegram/sessions/index.js';

import { ChatferryError } from '../../../errors/chatferry-error.js';

/** A login: the account's data centre and its key there. */
export interface SessionKey {
  readonly dcId: number;
  readonly host: string;
  readonly port: number;
  /** 256 bytes. It gives full access to the account. */
  readonly authKey: Buffer;
}

const AUTH_KEY_BYTES = 256;
// The format stores the port as a signed 16-bit number, so a higher one would become negative.
const MAX_PORT = 2 ** 15 - 1;
const TELEGRAM_PORT = 443;

/**
 * Reads gramjs's StringSession text, which other gramjs programs also use.
 *
 * @throws {ChatferryError} `LOGIN_REQUIRED` if it is invalid. The message never contains the text itself.
 */
export async function readSessionText(text: string): Promise<SessionKey> {
  try {
    const session = new StringSession(text.trim());
    await session.load();
    const authKey = session.authKey?.getKey();
    if (authKey?.length === AUTH_KEY_BYTES && session.dcId > 0 && session.serverAddress !== '') {
      return { dcId: session.dcId, host: session.serverAddress, port: session.port, authKey };
    }
  } catch (cause) {
    throw notASession(cause);
  }
  throw notASession(undefined);
}

/** Writes gramjs's StringSession text. A port above 32767 is written as 443. */
export async function writeSessionText({ dcId, host, port, authKey }: SessionKey): Promise<string> {
  const session = new StringSession('');
  const key = new AuthKey();
  await key.setKey(authKey);
  session.setDC(dcId, host, port > MAX_PORT ? TELEGRAM_PORT : port);
  session.setAuthKey(key);
  return session.save();
}

function notASession(cause: unknown): ChatferryError {
  return new ChatferryError(
    'LOGIN_REQUIRED',
    'The session is damaged, or belongs to another program. Run `chatferry login`, or set TELEGRAM_SESSION to a complete session string.',
    { cause },
  );
}
