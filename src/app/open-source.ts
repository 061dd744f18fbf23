import type { Account } from '../chat/account.js';
import { sessionPath } from '../config/session-path.js';
import type { Settings } from '../config/settings.js';
import { describeSettingsFiles } from '../config/settings-file.js';
import { readRegularFileSync } from '../disk/regular-file.js';
import { ChatferryError, errorMessage, isChatferryError } from '../errors/chatferry-error.js';
import { planSource } from './export/source-plan.js';
import type { ProgressReporter, RunEvents } from '../pipeline/export-progress.js';
import { reporterOfRun } from '../pipeline/run-reporter.js';
import type { LiveSource } from '../source/live-source.js';
import type { TelegramClientOptions } from '../source/telegram/wire/client.js';
import type { LoginPrompts } from '../source/telegram/login/login-prompts.js';
import { SessionFile } from '../source/telegram/login/session-file.js';
import { readSessionText } from '../source/telegram/wire/session-text.js';
import { isTelegramHost } from '../source/telegram/wire/telegram-networks.js';
import { accountOfSession, logIn, type LoginMethod, logOut } from '../source/telegram/login/telegram-login.js';
import { openTelegramSource } from '../source/telegram/telegram-source.js';

export interface OpenSourceOptions {
  /** Receives notes, and flood waits while no export listens to the source. @defaultValue events are dropped */
  readonly reporter?: ProgressReporter;
  /** Of those events. @defaultValue a new one */
  readonly runId?: string;
  /** Aborts the start and everything that the source does. @defaultValue a signal that never aborts */
  readonly signal?: AbortSignal;
  /** Whether media will be fetched. If so, slow preparations for them run while the connection is made. */
  readonly expectsMedia?: boolean;
}

const SILENT: ProgressReporter = { event: () => undefined };

function neverAborted(): AbortSignal {
  return new AbortController().signal;
}

/**
 * Opens the account of the settings: TELEGRAM_SESSION, else the session file, which stays locked until the source is
 * closed. Without a session, a bot token logs in by itself.
 *
 * @throws {ChatferryError} `LOGIN_REQUIRED` when there is no session or Telegram rejects it; `LOCKED`; `UNREACHABLE`;
 *   `USAGE` when the API id or hash is missing.
 */
export async function openSource(
  settings: Settings,
  { reporter: progress = SILENT, runId, signal = neverAborted(), expectsMedia = false }: OpenSourceOptions = {},
): Promise<LiveSource> {
  const reporter = reporterOfRun(progress, runId);
  const options = {
    ...clientOptions(settings, { reporter, signal }),
    expectsMedia,
    onNote: (text: string): void => {
      reporter.event({ type: 'note', text });
    },
    ...planSource(settings),
  };
  if (settings.telegramSession !== undefined) {
    await tellServerOfSession(settings.telegramSession, settings, options.onNote);
    return openTelegramSource({ ...options, session: settings.telegramSession });
  }
  const file = await SessionFile.open(sessionPath(settings));
  try {
    const session = (await file.read()) ?? (await botSession(settings, file, options));
    await tellServerOfSession(session, settings, options.onNote);
    return await openTelegramSource({ ...options, session, onClosed: () => file[Symbol.asyncDispose]() });
  } catch (error) {
    await file[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Logs in and writes the session to its file: as the bot of TELEGRAM_BOT_TOKEN, else as a person. An existing login is
 * replaced only if `prompts.replaces` agrees. Its session stays valid at Telegram until it is terminated there.
 *
 * @returns the account; if the existing login is kept, its account.
 * @throws {ChatferryError} `LOGIN_REFUSED`; `LOCKED`; `UNREACHABLE`; `USAGE`; what a prompt throws.
 */
export async function login(
  settings: Settings,
  prompts: LoginPrompts,
  signal: AbortSignal = neverAborted(),
): Promise<Account> {
  const reporter: RunEvents = {
    event: (event) => {
      if (event.type !== 'flood-wait') return;
      prompts.waiting(`Telegram orders a pause of ${Math.ceil(event.waitMs / 1000)} seconds …`);
    },
  };
  const options = clientOptions(settings, { reporter, signal });
  await using file = await SessionFile.open(sessionPath(settings));
  const before = await file.read();
  if (before !== undefined) {
    prompts.waiting('A login exists: asking Telegram which account it is …');
    await tellServerOfSession(before, settings, (text) => {
      prompts.waiting(text);
    });
    const account = await accountOfSession({ ...options, session: before });
    if (account !== undefined && !(await prompts.replaces(account))) return account;
  }
  const { telegramBotToken: token } = settings;
  const method: LoginMethod = token === undefined ? { kind: 'phone', prompts } : { kind: 'bot', token };
  const { session, account } = await logIn(options, method);
  await file.write(session);
  return account;
}

/**
 * Logs out at Telegram and removes the session file.
 *
 * @throws {ChatferryError} `LOGIN_REQUIRED` when there is none; `LOCKED`; `UNREACHABLE`.
 */
export async function logout(settings: Settings, signal: AbortSignal = neverAborted()): Promise<void> {
  const options = clientOptions(settings, { reporter: { event: () => undefined }, signal });
  if (settings.telegramSession !== undefined) {
    await logOut({ ...options, session: settings.telegramSession });
    return;
  }
  await using file = await SessionFile.open(sessionPath(settings));
  const session = await file.read();
  if (session === undefined) throw noSession(settings);
  await logOut({ ...options, session });
  await file.remove();
}

function clientOptions(
  settings: Settings,
  { reporter, signal }: { readonly reporter: RunEvents; readonly signal: AbortSignal },
): Omit<TelegramClientOptions, 'session'> {
  const { telegramApiId: apiId, telegramApiHash: apiHash, telegramPublicKeyFile: keyFile } = settings;
  if (apiId === undefined || apiHash === undefined) {
    const missing = [
      ...(apiId === undefined ? ['TELEGRAM_API_ID'] : []),
      ...(apiHash === undefined ? ['TELEGRAM_API_HASH'] : []),
    ];
    throw new ChatferryError(
      'USAGE',
      `${missing.join(' and ')} must be set. Get yours at https://my.telegram.org/apps and put them into a file .env. ` +
        `Looked for in the environment, ${describeSettingsFiles(settings.settingsFiles)}.`,
    );
  }
  if (settings.proxyProblem !== undefined) {
    throw new ChatferryError('USAGE', `${settings.proxyProblem} TELEGRAM_PROXY=none connects without a proxy.`);
  }
  const { telegramProxy: proxy } = settings;
  return {
    apiId,
    apiHash,
    ...(typeof proxy === 'object' ? { proxy, noProxy: settings.noProxy } : {}),
    dcAddresses: settings.telegramDcAddresses,
    ...(keyFile === undefined ? {} : { publicKeyPem: readKey(keyFile) }),
    fastPath: settings.telegramFastPath,
    requestTimeoutMs: settings.requestTimeoutMs,
    maxFloodWaitMs: settings.maxFloodWaitMs,
    onFloodWait: ({ method, waitMs }) => reporter.event({ type: 'flood-wait', method, waitMs }),
    signal,
  };
}

/**
 * Reports the server of a login if it is not Telegram's own. A session names its server, which is used unless the
 * settings name another. Text that is not a session is left to the code that opens it.
 */
async function tellServerOfSession(
  session: string,
  { telegramDcAddresses: addresses }: Settings,
  tell: (text: string) => void,
): Promise<void> {
  if (addresses.length > 0) return;
  try {
    const { host, port } = await readSessionText(session);
    if (!isTelegramHost(host)) tell(`This login is of a server that is not Telegram's own: ${host}, port ${port}.`);
  } catch (error) {
    if (!isChatferryError(error, 'LOGIN_REQUIRED')) throw error;
  }
}

/** A key of 16,384 bits takes about 3,000 bytes in PEM. */
const MAX_KEY_BYTES = 64 * 1024;

function readKey(path: string): string {
  let pem: string;
  try {
    pem = readRegularFileSync(path, MAX_KEY_BYTES).toString('utf8');
  } catch (cause) {
    const reason = errorMessage(cause);
    throw new ChatferryError('USAGE', `TELEGRAM_PUBLIC_KEY_FILE is "${path}", which cannot be read: ${reason}`, {
      cause,
    });
  }
  if (/-----BEGIN (?:RSA )?PUBLIC KEY-----/.test(pem)) return pem;
  throw new ChatferryError(
    'USAGE',
    `TELEGRAM_PUBLIC_KEY_FILE is "${path}", which holds no public key in PEM form ("-----BEGIN … PUBLIC KEY-----").`,
  );
}

async function botSession(
  settings: Settings,
  file: SessionFile,
  options: Omit<TelegramClientOptions, 'session'>,
): Promise<string> {
  const { telegramBotToken: token } = settings;
  if (token === undefined) throw noSession(settings);
  const { session } = await logIn(options, { kind: 'bot', token });
  await file.write(session);
  return session;
}

function noSession(settings: Settings): ChatferryError {
  return new ChatferryError(
    'LOGIN_REQUIRED',
    `There is no login in ${sessionPath(settings)}. Run \`chatferry login\`, or set TELEGRAM_SESSION or TELEGRAM_BOT_TOKEN.`,
  );
}
