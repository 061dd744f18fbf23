import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import type { Settings } from '../config/settings.js';
import { processEnvironment } from '../config/environment.js';
import { ChatferryError, type ErrorCode } from '../errors/chatferry-error.js';
import type { ProgressReporter } from '../pipeline/export-progress.js';
import { type ExportSummary, runExport } from './create-export.js';
import { login, openSource } from './open-source.js';
import { chatferryCommand } from './program.js';

export interface DemoRequest {
  /** Of the archive. */
  readonly directory: string;
  readonly settings: Settings;
  readonly reporter: ProgressReporter;
  readonly signal: AbortSignal;
}

/** The chat of the demo world that has everything. */
const DEMO_CHAT = '@harbour_crew';
/** A good home line's: without any, there would be nothing to see of work in parallel. */
const DEMO_LATENCY_MS = '40';
/** No real application: the Telegram on this machine takes any. */
const DEMO_API = { telegramApiId: 1, telegramApiHash: '0123456789abcdef0123456789abcdef' } as const;

/**
 * The main job once, with nothing else needed: starts a Telegram in a process of its own, logs in to it over TCP and
 * exports its liveliest chat.
 *
 * @throws {ChatferryError} what stops an export; what keeps the simulated Telegram from starting.
 */
export async function runDemo(request: DemoRequest): Promise<ExportSummary> {
  const { directory, reporter, signal } = request;
  reporter.event({ type: 'note', text: 'Starting a Telegram on this machine, and making its photos and videos …' });
  await using telegram = await startTelegram(request);
  const { dcs, publicKeyFile, phone, code, password, notes } = telegram.announcement;
  for (const text of notes) reporter.event({ type: 'note', text });

  const secrets = await mkdtemp(join(tmpdir(), 'chatferry-demo-'));
  try {
    const settings: Settings = {
      ...request.settings,
      ...DEMO_API,
      telegramSession: undefined,
      telegramBotToken: undefined,
      telegramSessionFile: join(secrets, 'telegram.session'),
      telegramDcAddresses: dcs,
      telegramPublicKeyFile: publicKeyFile,
      exportDir: directory,
    };
    const prompts = {
      phone: () => Promise.resolve(phone),
      code: () => Promise.resolve(code),
      password: () => Promise.resolve(password),
    };
    const account = await login(settings, prompts, signal);
    const addresses = dcs.map(({ id, host, port }) => `DC ${id} at ${host}:${port}`).join(', ');
    reporter.event({ type: 'note', text: `Logged in as ${account.name}, over MTProto: ${addresses}.` });
    await using source = await openSource(settings, { reporter, signal });
    const chat = await source.resolveChat(DEMO_CHAT, signal);
    return await runExport({ settings, source, chats: [chat], formats: ['json'], reporter, signal });
  } finally {
    await rm(secrets, { recursive: true, force: true });
  }
}

interface Announcement {
  readonly dcs: readonly { readonly id: number; readonly host: string; readonly port: number }[];
  readonly publicKeyFile: string;
  readonly phone: string;
  readonly code: string;
  readonly password: string;
  readonly notes: readonly string[];
}

/** What `--json` prints when a command fails. */
interface ErrorDocument {
  readonly type: 'error';
  readonly code: ErrorCode;
  readonly message: string;
}

interface LocalTelegram extends AsyncDisposable {
  readonly announcement: Announcement;
}

/** Runs `simulate --json`, which serves until its stdin closes: also when this process is killed. */
async function startTelegram({ settings, signal }: DemoRequest): Promise<LocalTelegram> {
  const { file, args } = chatferryCommand();
  const child = spawn(file, [...args, 'simulate', '--json', '--exit-with-stdin', '--latency-ms', DEMO_LATENCY_MS], {
    env: {
      ...processEnvironment(),
      ...(settings.ffmpegPath === undefined ? {} : { FFMPEG_PATH: settings.ffmpegPath }),
      ...(settings.ffprobePath === undefined ? {} : { FFPROBE_PATH: settings.ffprobePath }),
    },
    stdio: 'pipe',
    // A process group of its own: Ctrl-C is for us, and we end it when we are done with it.
    detached: process.platform !== 'win32',
  });
  const exit = once(child, 'close');
  const stop = async (): Promise<void> => {
    child.stdin.end();
    // It looks at its stdin when it serves; one that is still making its media would be waited for.
    if (signal.aborted) child.kill();
    await exit;
  };
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints = (complaints + text).slice(-2000)));
  const line = await firstLine(child, signal);
  if (line === undefined) {
    await stop();
    signal.throwIfAborted();
    throw new ChatferryError('INTERNAL', `The Telegram on this machine did not start:\n${complaints}`);
  }
  const said = JSON.parse(line) as Announcement | ErrorDocument;
  if ('type' in said) {
    await stop();
    throw new ChatferryError(said.code, said.message);
  }
  return { announcement: said, [Symbol.asyncDispose]: stop };
}

/** Undefined when the child ends, or the signal aborts, before it has said anything. */
async function firstLine(child: ChildProcessWithoutNullStreams, signal: AbortSignal): Promise<string | undefined> {
  const lines = createInterface({ input: child.stdout, signal });
  for await (const line of lines) return line;
  return undefined;
}
