import type { Account } from '../../../chat/account.js';
import { isChatferryError } from '../../../errors/chatferry-error.js';
import { TelegramClient, type TelegramClientOptions } from '../wire/client.js';
import { logInAsBot, logInWithPhone, whoAmI } from './login.js';
import type { LoginPrompts } from './login-prompts.js';
import { withReadableRefusals } from './login-refusals.js';
import { describeAccount } from './describe-account.js';

/** How to log in. */
export type LoginMethod =
  { readonly kind: 'phone'; readonly prompts: LoginPrompts } | { readonly kind: 'bot'; readonly token: string };

/** A completed login. */
export interface Login {
  /** gramjs StringSession text. It gives full access to the account. */
  readonly session: string;
  readonly account: Account;
}

// A person waits at the prompt, so a longer pause is reported as an error instead of waiting.
const MAX_PAUSE_MS = 60_000;

/**
 * Logs in and closes the connection again.
 *
 * @throws {ChatferryError} `LOGIN_REFUSED` with the cause and the remedy, also after too many attempts; `UNREACHABLE`;
 *   errors of a prompt.
 */
export async function logIn(options: Omit<TelegramClientOptions, 'session'>, method: LoginMethod): Promise<Login> {
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, ended.signal]);
  const maxFloodWaitMs = Math.min(options.maxFloodWaitMs, MAX_PAUSE_MS);
  const connecting = TelegramClient.open({ ...options, maxFloodWaitMs, signal });
  try {
    return await withReadableRefusals(async () => {
      const user =
        method.kind === 'bot'
          ? await logInAsBot(await connecting, method.token, signal)
          : await logInWithPhone(connecting, method.prompts, signal);
      return { session: await (await connecting).sessionText(), account: describeAccount(user) };
    });
  } finally {
    ended.abort();
    const client = await connecting.catch(() => undefined);
    await client?.close();
  }
}

/**
 * The account of a session; undefined if the session is no longer valid.
 *
 * @throws {ChatferryError} `UNREACHABLE`, `USAGE`.
 */
export async function accountOfSession(
  options: TelegramClientOptions & { readonly session: string },
): Promise<Account | undefined> {
  try {
    await using client = await TelegramClient.open(options);
    const user = await whoAmI(client, options.signal);
    return user === undefined ? undefined : describeAccount(user);
  } catch (error) {
    if (isChatferryError(error, 'LOGIN_REQUIRED')) return undefined; // The text is not a session.
    throw error;
  }
}

/**
 * Ends a login at Telegram. Its session is invalid afterwards.
 *
 * @throws {ChatferryError} `LOGIN_REQUIRED` if it had already ended; `UNREACHABLE`.
 */
export async function logOut(options: TelegramClientOptions & { readonly session: string }): Promise<void> {
  await using client = await TelegramClient.open(options);
  await client.logOut(options.signal);
}
