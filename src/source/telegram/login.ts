import { Api } from 'telegram';
import { computeCheck } from 'telegram/Password.js';

import { ChatferryError } from '../../errors/chatferry-error.js';
import type { TelegramClient } from './client.js';
import { rpcErrorText } from './rpc-errors.js';

/** What a login asks a person. Each is asked again with the reason when Telegram refuses the answer. */
export interface LoginPrompts {
  phone(problem: string | undefined): Promise<string>;
  /** @param sentTo - Where the code went, for people: "your other Telegram apps", "a text message". */
  code(sentTo: string, problem: string | undefined): Promise<string>;
  /** @param hint - The account's own hint, may be empty. */
  password(hint: string, problem: string | undefined): Promise<string>;
}

// More wrong answers than this are no slips, and Telegram soon answers them with a flood wait of a day.
const MOST_TRIES = 5;

/** Whether the session of the client is of a logged-in account, and whose. */
export async function whoAmI(client: TelegramClient, signal: AbortSignal): Promise<Api.User | undefined> {
  try {
    const [user] = await client.invoke(new Api.users.GetUsers({ id: [new Api.InputUserSelf()] }), { signal });
    return user instanceof Api.User ? user : undefined;
  } catch (error) {
    if (error instanceof ChatferryError && error.code === 'LOGIN_REQUIRED') return undefined;
    throw error;
  }
}

/**
 * Logs in with phone number, code and, where the account has one, password.
 *
 * @throws {ChatferryError} `LOGIN_REFUSED` after too many wrong answers or for good; what a prompt throws.
 */
export async function logInWithPhone(
  client: TelegramClient,
  prompts: LoginPrompts,
  signal: AbortSignal,
): Promise<Api.User> {
  const { phone, sent } = await askUntilAccepted({
    ask: (problem) => prompts.phone(problem),
    submit: async (answer) => ({ phone: digits(answer), sent: await sendCode(client, digits(answer), signal) }),
    retryOn: /^PHONE_NUMBER_(?:INVALID|UNOCCUPIED)$/,
    problem: 'Telegram knows no such number. Write it with the country code, such as +49…',
  });
  try {
    return await askUntilAccepted({
      ask: (problem) => prompts.code(describeSentCode(sent.type), problem),
      submit: (code) => signIn(client, { phone, code: digits(code), phoneCodeHash: sent.phoneCodeHash }, signal),
      retryOn: /^PHONE_CODE_(?:INVALID|EMPTY)$/,
      problem: 'That is not the code that was sent.',
    });
  } catch (error) {
    if (rpcErrorText(error) !== 'SESSION_PASSWORD_NEEDED') throw error;
  }
  return logInWithPassword(client, prompts, signal);
}

/**
 * Logs in as a bot.
 *
 * @throws {ChatferryError} `LOGIN_REFUSED`.
 */
export async function logInAsBot(client: TelegramClient, botToken: string, signal: AbortSignal): Promise<Api.User> {
  const { apiId, apiHash } = client;
  const request = new Api.auth.ImportBotAuthorization({ apiId, apiHash, flags: 0, botAuthToken: botToken });
  return userOf(await client.invoke(request, { signal }));
}

/** Secure Remote Password: the password itself never leaves (https://core.telegram.org/api/srp). */
function logInWithPassword(client: TelegramClient, prompts: LoginPrompts, signal: AbortSignal): Promise<Api.User> {
  return askUntilAccepted({
    ask: async (problem) => {
      const { hint } = await client.invoke(new Api.account.GetPassword(), { signal });
      return prompts.password(hint ?? '', problem);
    },
    submit: async (password) => {
      // Parameters serve one check only, so they are asked for anew each time.
      const parameters = await client.invoke(new Api.account.GetPassword(), { signal });
      const check = await computeCheck(parameters, password);
      return userOf(await client.invoke(new Api.auth.CheckPassword({ password: check }), { signal }));
    },
    retryOn: /^(?:PASSWORD_HASH_INVALID|SRP_ID_INVALID|SRP_PASSWORD_CHANGED)$/,
    problem: 'That is not the password of this account.',
  });
}

async function sendCode(client: TelegramClient, phoneNumber: string, signal: AbortSignal): Promise<Api.auth.SentCode> {
  const { apiId, apiHash } = client;
  const settings = new Api.CodeSettings({});
  const sent = await client.invoke(new Api.auth.SendCode({ phoneNumber, apiId, apiHash, settings }), { signal });
  if (sent instanceof Api.auth.SentCode) return sent;
  throw new ChatferryError(
    'LOGIN_REFUSED',
    `Telegram offers this account a way to log in that is not supported (${sent.className}).`,
  );
}

async function signIn(
  client: TelegramClient,
  { phone, code, phoneCodeHash }: { readonly phone: string; readonly code: string; readonly phoneCodeHash: string },
  signal: AbortSignal,
): Promise<Api.User> {
  const request = new Api.auth.SignIn({ phoneNumber: phone, phoneCodeHash, phoneCode: code });
  return userOf(await client.invoke(request, { signal }));
}

function userOf(authorization: Api.auth.TypeAuthorization): Api.User {
  if (authorization instanceof Api.auth.Authorization && authorization.user instanceof Api.User) {
    return authorization.user;
  }
  throw new ChatferryError(
    'LOGIN_REFUSED',
    'This phone number has no Telegram account. Sign up with a Telegram app first.',
  );
}

interface Question<Answer> {
  readonly ask: (problem: string | undefined) => Promise<string>;
  readonly submit: (answer: string) => Promise<Answer>;
  /** The server's words that mean: a slip, ask again. */
  readonly retryOn: RegExp;
  readonly problem: string;
}

async function askUntilAccepted<Answer>({ ask, submit, retryOn, problem }: Question<Answer>): Promise<Answer> {
  let shownProblem: string | undefined;
  for (let trial = 1; ; trial += 1) {
    const answer = await ask(shownProblem);
    try {
      return await submit(answer);
    } catch (error) {
      if (trial === MOST_TRIES || !retryOn.test(rpcErrorText(error) ?? '')) throw error;
      shownProblem = problem;
    }
  }
}

function digits(text: string): string {
  return text.replaceAll(/\D/g, '');
}

function describeSentCode(type: Api.auth.TypeSentCodeType): string {
  switch (type.className) {
    case 'auth.SentCodeTypeApp':
      return 'your other Telegram apps';
    case 'auth.SentCodeTypeCall':
    case 'auth.SentCodeTypeFlashCall':
    case 'auth.SentCodeTypeMissedCall':
      return 'a phone call';
    case 'auth.SentCodeTypeEmailCode':
      return `your e-mail (${type.emailPattern})`;
    case 'auth.SentCodeTypeFragmentSms':
      return 'fragment.com';
    default:
      return 'a text message';
  }
}
