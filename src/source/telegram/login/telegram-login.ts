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

/** A login that stands. */
export interface Login {
  /** gramjs StringSession text. Whoever has it has the account. */
  readonly session: string;
  readonly account: Account;
}

// A person waits at the prompt: longer pauses are told at once instead of being sat out.
const LONGEST_PAUSE_MS = 60_000;

/**
 * Logs in and closes the connection again.
 *
 * @throws {ChatferryError} `LOGIN_REFUSED` with the cause in one sentence, also after too many tries; `UNREACHABLE`; what
 *   a prompt throws.
 */
export async function logIn(options: Omit<TelegramClientOptions, 'session'>, method: LoginMethod): Promise<Login> {
  const givenUp = new AbortController();
  const signal = AbortSignal.any([options.signal, givenUp.signal]);
  const maxFloodWaitMs = Math.min(options.maxFloodWaitMs, LONGEST_PAUSE_MS);
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
    givenUp.abort();
    const client = await connecting.catch(() => undefined);
    await client?.close();
  }
}

/**
 * Whose login a session is; undefined when it opens nothing any more.
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
    if (isChatferryError(error, 'LOGIN_REQUIRED')) return undefined; // The text is no session.
    throw error;
  }
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
