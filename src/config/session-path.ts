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
    'There is no place for the login: this user has no home directory. Set HOME or TELEGRAM_SESSION_FILE, or give the ' +
      'login as TELEGRAM_SESSION.',
  );
}
