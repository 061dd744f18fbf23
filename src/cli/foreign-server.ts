import type { LoadedSettings } from '../config/load-settings.js';
import { SETTINGS, type SettingKey } from '../config/settings.js';
import { ChatferryError } from '../errors/chatferry-error.js';
import type { CommandRun } from './command-run.js';
import { printableLine } from '../text/printable.js';

/** The settings that name another server than Telegram's own. */
const SERVER_KEYS: readonly SettingKey[] = ['telegramDcAddresses', 'telegramPublicKeyFile'];

/**
 * What server is talked to, for people, where it is not Telegram's own, and where that was set. Undefined where it is
 * Telegram's.
 */
export function foreignServer(loaded: LoadedSettings): string | undefined {
  const said = SERVER_KEYS.flatMap((key) => {
    const text = loaded.text(key);
    return text === undefined ? [] : [`${SETTINGS[key].name}=${text} ${loaded.place(key)}`];
  });
  return said.length === 0 ? undefined : printableLine(`not Telegram's own: ${said.join(', ')}`);
}

/** Says which server gets the login, where it is not Telegram's own. */
export function tellServer({ loaded, terminal }: Pick<CommandRun, 'loaded' | 'terminal'>): void {
  const server = foreignServer(loaded);
  if (server !== undefined) terminal.say(`The server is ${server}.`);
}

/**
 * Asks whether a server that is not Telegram's own may have phone number, code and password, before it is connected to.
 * Where nobody can be asked, the user must have named it: not a file of the working directory.
 *
 * @throws {ChatferryError} `USAGE` where nobody can be asked; `INTERRUPTED` when the user says no.
 */
export async function confirmServer(run: CommandRun): Promise<void> {
  const server = foreignServer(run.loaded);
  if (server === undefined) return;
  tellServer(run);
  if (!run.prompts.canAsk && SERVER_KEYS.every((key) => run.loaded.isFromYou(key))) return;
  const agrees = await run.prompts.agrees('May that server have your login?', {
    nobodyToAsk:
      `The server is ${server}. There is no terminal to ask on whether it may have your login: log in on one, or set ` +
      'these settings in the environment or in the .env of your configuration folder.',
  });
  if (!agrees) throw new ChatferryError('INTERRUPTED', 'The login was cancelled. Nothing was sent.');
}
