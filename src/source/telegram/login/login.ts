import { Api } from 'telegram';
import { computeCheck } from 'telegram/Password.js';

import { ChatferryError } from '../../../errors/chatferry-error.js';
import type { TelegramClient } from '../wire/client.js';
import { type AnswerCheck, checkFilled, checkPhone, codeForm, phoneDigits } from './login-checks.js';
import type { LoginPrompts, LoginQuestion } from './login-prompts.js';
import { rpcErrorText } from '../wire/rpc-errors.js';

// More wrong answers are probably not typing errors, and Telegram soon answers them with a flood wait of a day.
const MAX_TRIES = 5;

/** The account that the client's session is logged in to; undefined if it is not logged in. */
export async function whoAmI(client: TelegramClient, signal: AbortSignal): Promise<Api.User | undefined> {
  try {
    const [user] = await client.invoke(new Api.users.GetUsers({ id: [new Api.InputUserSelf()] }), { signal });
    return user instanceof Api.User ? user : undefined;
  } catch (error) {
    if (error instanceof ChatferryError && error.code === 'LOGIN_REQUIRED') return undefined;
    throw error;
  }
}

/** Shared by the steps of a login by phone. */
interface PhoneLogin {
  readonly client: TelegramClient;
  readonly prompts: LoginPrompts;
  readonly signal: AbortSignal;
}

interface SentCode {
  /** Digits only. */
  readonly phone: string;
  readonly sent: Api.auth.SentCode;
}

/**
 * Logs in with phone number, code and, if the account has one, password. The first question is asked while the client
 * connects, which takes seconds on a slow network.
 *
 * @param connecting - Resolves when the client is connected. If it fails, the login ends, also during a question.
 * @throws {ChatferryError} `LOGIN_REFUSED` after too many wrong answers, or if Telegram refuses the login; errors of a
 *   prompt.
 */
export async function logInWithPhone(
  connecting: Promise<TelegramClient>,
  prompts: LoginPrompts,
  signal: AbortSignal,
): Promise<Api.User> {
  const code = await askUntilAccepted({
    ask: (question) => whileConnecting(connecting, question, (asked) => prompts.phone(asked)),
    check: checkPhone,
    submit: async (answer) => {
      prompts.waiting('Asking Telegram to send a code …');
      const client = await connecting;
      return { phone: phoneDigits(answer), sent: await sendCode(client, phoneDigits(answer), signal) };
    },
    retryOn: /^PHONE_NUMBER_(?:INVALID|UNOCCUPIED)$/,
    problem: 'Telegram knows no such number. Write it with the country code, such as +49…',
    signal,
  });
  const login: PhoneLogin = { client: await connecting, prompts, signal };
  try {
    return await logInWithCode(login, code);
  } catch (error) {
    if (rpcErrorText(error) !== 'SESSION_PASSWORD_NEEDED') throw error;
  }
  return logInWithPassword(login);
}

/** Asks a question, and cancels it if the connection fails. */
async function whileConnecting(
  connecting: Promise<TelegramClient>,
  question: LoginQuestion,
  ask: (question: LoginQuestion) => Promise<string>,
): Promise<string> {
  const failed = new AbortController();
  connecting.catch((error: unknown) => {
    failed.abort(error);
  });
  return ask({ ...question, signal: AbortSignal.any([question.signal, failed.signal]) });
}

/** Asks for the code. If it has expired, offers to send another one. */
async function logInWithCode(login: PhoneLogin, code: SentCode): Promise<Api.User> {
  const { client, prompts, signal } = login;
  for (let { sent } = code; ;) {
    const { check, read } = codeForm(sent.type);
    const { phoneCodeHash } = sent;
    try {
      return await askUntilAccepted({
        ask: (question) => prompts.code(describeSentCode(sent.type), question),
        check,
        submit: (answer) => signIn(client, { phone: code.phone, code: read(answer), phoneCodeHash }, signal),
        retryOn: /^PHONE_CODE_(?:INVALID|EMPTY)$/,
        problem: 'That is not the code that was sent.',
        signal,
      });
    } catch (error) {
      if (rpcErrorText(error) !== 'PHONE_CODE_EXPIRED') throw error;
      if (!(await prompts.anotherCode('That code has expired.'))) throw error;
      prompts.waiting('Asking Telegram to send another code …');
      sent = await sendCode(client, code.phone, signal);
    }
  }
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

/** Uses Secure Remote Password: the password itself is never sent (https://core.telegram.org/api/srp). */
function logInWithPassword({ client, prompts, signal }: PhoneLogin): Promise<Api.User> {
  return askUntilAccepted({
    ask: async (question) => {
      const { hint } = await client.invoke(new Api.account.GetPassword(), { signal });
      return prompts.password(hint ?? '', question);
    },
    check: checkFilled,
    submit: async (password) => {
      // The parameters are valid for one check only, so they are requested for each attempt.
      const parameters = await client.invoke(new Api.account.GetPassword(), { signal });
      const check = await computeCheck(parameters, password);
      return userOf(await client.invoke(new Api.auth.CheckPassword({ password: check }), { signal }));
    },
    retryOn: /^(?:PASSWORD_HASH_INVALID|SRP_ID_INVALID|SRP_PASSWORD_CHANGED)$/,
    problem: 'That is not the password of this account.',
    signal,
  });
}

async function sendCode(client: TelegramClient, phoneNumber: string, signal: AbortSignal): Promise<Api.auth.SentCode> {
  const { apiId, apiHash } = client;
  const settings = new Api.CodeSettings({});
  const sent = await client.invoke(new Api.auth.SendCode({ phoneNumber, apiId, apiHash, settings }), { signal });
  if (sent instanceof Api.auth.SentCode) return sent;
  throw new ChatferryError(
    'LOGIN_REFUSED',
    `Telegram offers this account a login method that is not supported (${sent.className}).`,
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
  readonly ask: (question: LoginQuestion) => Promise<string>;
  readonly check: AnswerCheck;
  readonly submit: (answer: string) => Promise<Answer>;
  /** Error texts of the server that mean a wrong answer: the question is asked again. */
  readonly retryOn: RegExp;
  readonly problem: string;
  readonly signal: AbortSignal;
}

async function askUntilAccepted<Answer>(question: Question<Answer>): Promise<Answer> {
  const { ask, check, submit, retryOn, problem, signal } = question;
  let shownProblem: string | undefined;
  for (let trial = 1; ; trial += 1) {
    const answer = await ask({ check, signal, ...(shownProblem === undefined ? {} : { problem: shownProblem }) });
    const mistake = check(answer);
    if (mistake !== undefined && trial < MAX_TRIES) {
      shownProblem = mistake;
      continue;
    }
    if (mistake !== undefined) throw new ChatferryError('LOGIN_REFUSED', mistake);
    try {
      return await submit(answer);
    } catch (error) {
      if (trial === MAX_TRIES || !retryOn.test(rpcErrorText(error) ?? '')) throw error;
      shownProblem = problem;
    }
  }
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
