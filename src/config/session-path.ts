import { createHash } from 'node:crypto';

import { ChatferryError } from '../errors/chatferry-error.js';
import type { Settings } from './settings.js';

/**
 * The session file of the settings, absolute.
 *
 * @throws {ChatferryError} `USAGE` where it has no place, as in a container without a home directory.
 */
export function sessionPath({ telegramSessionFile }: Pick<Settings, 'telegramSessionFile'>): string {
  if (telegramSessionFile !== undefined) return telegramSessionFile;
  throw new ChatferryError(
    'USAGE',
    'The login cannot be stored: this user has no home directory. Set HOME or TELEGRAM_SESSION_FILE, or give the ' +
      'login as TELEGRAM_SESSION.',
  );
}

/**
 * The default session file of the server that the settings name: another server than Telegram's has a file of its own, so
 * that a login at one is neither shown to the other nor replaced by a login there.
 */
export function sessionFileOfServer(settings: Settings): string | undefined {
  const { telegramSessionFile: file, telegramDcAddresses: addresses, telegramPublicKeyFile: key } = settings;
  if (file === undefined || (addresses.length === 0 && key === undefined)) return file;
  const server = JSON.stringify([addresses.map(({ id, host, port }) => [id, host, port]), key ?? '']);
  const name = createHash('sha256').update(server).digest('hex').slice(0, FINGERPRINT_DIGITS);
  return file.replace(/\.session$/, `-${name}.session`);
}

/** Enough that no two servers of one user meet by chance. */
const FINGERPRINT_DIGITS = 16;
