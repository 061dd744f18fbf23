import type { Account } from '../message-source.js';
import { TelegramClient, type TelegramClientOptions } from './client.js';
import { logInAsBot, type LoginPrompts, logInWithPhone } from './login.js';
import { describeAccount } from './telegram-source.js';

/** How to log in. */
export type LoginMethod =
  { readonly kind: 'phone'; readonly prompts: LoginPrompts } | { readonly kind: 'bot'; readonly token: string };

/** A login that stands. */
export interface Login {
  /** gramjs StringSession text. Whoever has it has the account. */
  readonly session: string;
  readonly account: Account;
}

/**
 * Logs in and closes the connection again.
 *
 * @throws {ChatferryError} `LOGIN_REFUSED`, `UNREACHABLE`, `FLOOD_WAIT` after too many tries; what a prompt throws.
 */
export async function logIn(options: Omit<TelegramClientOptions, 'session'>, method: LoginMethod): Promise<Login> {
  await using client = await TelegramClient.open(options);
  const { signal } = options;
  const user =
    method.kind === 'bot'
      ? await logInAsBot(client, method.token, signal)
      : await logInWithPhone(client, method.prompts, signal);
  return { session: await client.sessionText(), account: describeAccount(user) };
}

/**
 * Ends a login at Telegram, so that its session opens nothing any more.
 *
 * @throws {ChatferryError} `LOGIN_REQUIRED` when it had ended already; `UNREACHABLE`.
 */
export async function logOut(options: TelegramClientOptions & { readonly session: string }): Promise<void> {
  await using client = await TelegramClient.open(options);
  await client.logOut(options.signal);
}
