import { join } from 'node:path';

import type { Settings } from '../../config/settings.js';
import { PrivateFolder } from '../../disk/private-folder.js';
import { desktopJson } from '../../render/desktop-json.js';
import type { ProgressReporter } from '../../pipeline/export-progress.js';
import { reporterOfRun } from '../../pipeline/run-reporter.js';
import { prepareArchiveFolder } from '../export/archive-folder.js';
import { startChildServer } from './child-server.js';
import { type ExportFollower, type ExportSummary, runExport } from '../export/create-export.js';
import { login, openSource } from '../open-source.js';

export interface DemoRequest {
  /** Of the archive. */
  readonly directory: string;
  readonly settings: Settings;
  readonly reporter: ProgressReporter;
  /** Of the events. @defaultValue a new one */
  readonly runId?: string;
  readonly signal: AbortSignal;
  /** Receives files as soon as they are durable. */
  readonly follower?: ExportFollower | undefined;
}

/** The chat of the demo world with all kinds of media. */
const DEMO_CHAT = '@harbour_crew';
/** Typical of a good home connection. Without latency, parallel work would show no effect. */
const DEMO_LATENCY_MS = '40';
/** Not a real application: the simulator accepts any. */
const DEMO_API = { telegramApiId: 1, telegramApiHash: '0123456789abcdef0123456789abcdef' } as const;

/**
 * Runs an export without an account: starts the simulator in a process of its own, logs in to it over TCP and exports
 * its chat with the most kinds of media.
 *
 * @throws {ChatferryError} what stops an export, or prevents the simulator from starting.
 */
export async function runDemo(request: DemoRequest): Promise<ExportSummary> {
  const { directory, signal } = request;
  const reporter = reporterOfRun(request.reporter, request.runId);
  const events = { reporter: request.reporter, runId: reporter.runId };
  await prepareArchiveFolder(directory, request.settings.archiveMode);
  reporter.event({ type: 'note', text: 'Starting a Telegram on this machine, and making its photos and videos …' });
  await using telegram = await startTelegram(request);
  const { dcs, publicKeyFile, phone, code, password, notes } = telegram.announcement;
  for (const text of notes) reporter.event({ type: 'note', text });

  await using secrets = await PrivateFolder.make('chatferry-demo-');
  const settings: Settings = {
    ...request.settings,
    ...DEMO_API,
    telegramSession: undefined,
    telegramBotToken: undefined,
    telegramProxy: 'none', // It is on this machine.
    proxyProblem: undefined,
    telegramSessionFile: join(secrets.path, 'telegram.session'),
    telegramDcAddresses: dcs,
    telegramPublicKeyFile: publicKeyFile,
    exportDir: directory,
  };
  const prompts = {
    phone: () => Promise.resolve(phone),
    code: () => Promise.resolve(code),
    password: () => Promise.resolve(password),
    anotherCode: () => Promise.resolve(false),
    replaces: () => Promise.resolve(false),
    waiting: () => undefined,
  };
  const account = await login(settings, prompts, signal);
  const addresses = dcs.map(({ id, host, port }) => `DC ${id} at ${host}:${port}`).join(', ');
  reporter.event({ type: 'note', text: `Logged in as ${account.name}, over MTProto: ${addresses}.` });
  await using source = await openSource(settings, { ...events, signal, expectsMedia: true });
  const chat = await source.resolveChat(DEMO_CHAT, signal);
  // The simulator makes its films itself, so any version of ffmpeg is safe for them.
  return await runExport({
    settings: { ...settings, ffmpegAnyVersion: true },
    source,
    chats: [chat],
    renderers: [desktopJson],
    ...events,
    signal,
    follower: request.follower,
  });
}

interface Announcement {
  readonly dcs: readonly { readonly id: number; readonly host: string; readonly port: number }[];
  readonly publicKeyFile: string;
  readonly phone: string;
  readonly code: string;
  readonly password: string;
  readonly notes: readonly string[];
}

interface LocalTelegram extends AsyncDisposable {
  readonly announcement: Announcement;
}

async function startTelegram({ settings, signal }: DemoRequest): Promise<LocalTelegram> {
  const server = await startChildServer(['simulate', '--json', '--exit-with-stdin', '--latency-ms', DEMO_LATENCY_MS], {
    environment: {
      ...(settings.ffmpegPath === undefined ? {} : { FFMPEG_PATH: settings.ffmpegPath }),
      ...(settings.ffprobePath === undefined ? {} : { FFPROBE_PATH: settings.ffprobePath }),
    },
    signal,
  });
  return {
    announcement: JSON.parse(server.line) as Announcement,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
