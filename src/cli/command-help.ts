import { SETTINGS, type SettingKey } from '../config/settings.js';

export interface CommandHelpOptions {
  /** Command lines without the program's name, each with what it does. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  /** The settings that the command reads from the environment, those aside that every command reads. */
  readonly reads: readonly SettingKey[];
  /** More sections, as they are. */
  readonly notes?: readonly string[];
}

/** The settings that every command which talks to Telegram reads. */
export const TELEGRAM_KEYS: readonly SettingKey[] = [
  'telegramApiId',
  'telegramApiHash',
  'telegramSession',
  'telegramSessionFile',
  'telegramPhone',
  'telegramPassword',
  'telegramBotToken',
  'telegramDcAddresses',
  'telegramPublicKeyFile',
  'telegramFastPath',
  'telegramProxy',
  'noProxy',
  'requestTimeoutMs',
  'maxFloodWaitMs',
];

/** The settings that every command which exports reads. */
export const EXPORT_KEYS: readonly SettingKey[] = [
  'exportDir',
  'mediaKinds',
  'maxMediaSizeBytes',
  'deduplicateMedia',
  'hashApiTimeoutMs',
  'timeZone',
  'parallelMediaProcessing',
  'parallelMediaMode',
  'maxParallelMedia',
  'parallelMediaMemoryLimitMb',
  'parallelMediaCheckIntervalMs',
  'parallelMediaWindow',
  'maxWorkers',
  'mediaDerivatives',
  'mediaTranscode',
  'mediaTranscodeOriginals',
  'stripMetadata',
  'ffmpegPath',
  'ffprobePath',
  'ffmpegAnyVersion',
];

/** What one flag does in two commands. */
export const REPLACES_ORIGINALS = 'replace originals by smaller copies, and delete the originals';

/** What every command reads. */
const EVERYWHERE: readonly SettingKey[] = ['logLevel', 'logFile', 'preset'];

/** The text below the options in the help of a command. */
export function commandHelp({ examples, reads, notes = [] }: CommandHelpOptions): string {
  const width = Math.max(...examples.map(([line]) => line.length));
  const sections = [
    ['Examples:', ...examples.map(([line, does]) => `  $ chatferry ${line.padEnd(width)}   ${does}`)].join('\n'),
    ...notes,
  ];
  const variables = [...new Set([...reads, ...EVERYWHERE])].map((key) => `  ${SETTINGS[key].name}`);
  sections.push(['Environment variables it reads (docs/SETTINGS.md):', ...columns(variables)].join('\n'));
  return `\n${sections.join('\n\n')}`;
}

/** Two beside each other, so that the help stays on one screen. */
function columns(entries: readonly string[]): readonly string[] {
  const height = Math.ceil(entries.length / 2);
  return entries.slice(0, height).map((entry, row) => `${entry.padEnd(40)}${entries[row + height] ?? ''}`.trimEnd());
}

/** What the help says of `--account`. */
export const ACCOUNT_OPTION = 'only chats that this account exported: its id or @name';
