import type { MediaKind } from '../chat/media.js';
import { ARCHIVE_SETTINGS, type ArchiveSettings } from './sections/archive-settings.js';
import { dcAddresses, type DcAddress } from './sections/dc-address.js';
import { MEDIA_KINDS } from './sections/media-kinds.js';
import { FFMPEG_SETTINGS, type FfmpegSettings } from './sections/ffmpeg-settings.js';
import { MEDIA_SETTINGS, type MediaSettings } from './sections/media-settings.js';
import { PROXY_SETTINGS, type ProxySettings } from './sections/proxy-settings.js';
import { boolean, choice, path, pattern, text, timeZone, wholeNumber, wordList } from './setting-kind.js';
import {
  DEFAULT_MAX_FLOOD_WAIT_MS,
  DEFAULT_MEMORY_CHECK_INTERVAL_MS,
  DEFAULT_REQUEST_TIMEOUT_MS,
  DEFAULT_WINDOW_SIZE,
  defaultSessionFile,
} from './setting-defaults.js';
import type { SettingsFile } from './settings-file.js';
import { machineTimeZone } from './time-zone/time-zone.js';
import { SECTIONS } from './setting-sections.js';
import type { Setting } from './setting.js';
import { S3_SETTINGS, type S3Settings } from './upload/s3-settings.js';
import { STORE_SETTINGS, type StoreSettings } from './upload/store-settings.js';
import { UPLOAD_SETTINGS, type UploadSettings } from './upload/upload-settings.js';
import { ACCOUNT, LOG, LOGIN_PLACE, PRESET_OUTSIDE, SERVER, SERVER_KEY } from './trust/only-from-you.js';

/** How the media jobs of an export are arranged. `window`: bounded parallel across batches. */
export type ParallelMediaMode = 'sequential' | 'batch' | 'window';

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug';

/** Every setting of the program, checked. Paths are absolute. What may be left unset is `undefined`. */
export interface Settings
  extends ArchiveSettings, MediaSettings, ProxySettings, FfmpegSettings, UploadSettings, S3Settings, StoreSettings {
  readonly telegramApiId: number | undefined;
  readonly telegramApiHash: string | undefined;
  readonly telegramSession: string | undefined;
  /** Undefined where this user has no configuration folder. */
  readonly telegramSessionFile: string | undefined;
  readonly telegramPhone: string | undefined;
  readonly telegramPassword: string | undefined;
  readonly telegramBotToken: string | undefined;
  /** Empty: Telegram's own. */
  readonly telegramDcAddresses: readonly DcAddress[];
  readonly telegramPublicKeyFile: string | undefined;
  readonly telegramFastPath: boolean;
  readonly requestTimeoutMs: number;
  readonly maxFloodWaitMs: number;
  readonly mediaKinds: readonly MediaKind[];
  /** 0: no limit. */
  readonly maxMediaSizeBytes: number;
  readonly deduplicateMedia: boolean;
  readonly hashApiTimeoutMs: number;
  readonly timeZone: string | undefined;
  readonly parallelMediaProcessing: boolean;
  readonly parallelMediaMode: ParallelMediaMode;
  /** 0: automatic. */
  readonly maxParallelMedia: number;
  /** 0: from the cgroup or the machine. */
  readonly parallelMediaMemoryLimitMb: number;
  readonly parallelMediaCheckIntervalMs: number;
  /** Messages. */
  readonly parallelMediaWindow: number;
  readonly logLevel: LogLevel;
  readonly logFile: string | undefined;
  readonly preset: string | undefined;
  /** Where settings were looked for, for messages about what is missing. Not a setting itself. */
  readonly settingsFiles: readonly SettingsFile[];
  /** Why the proxy that another program's variable names cannot be used. Not a setting itself. */
  readonly proxyProblem: string | undefined;
}

export type SettingKey = Exclude<keyof Settings, 'settingsFiles' | 'proxyProblem'>;

/**
 * The one table of settings, in the order in which people see them. The checks, `.env.example`, the documentation and
 * `chatferry config` are made from it.
 */
export const SETTINGS: { readonly [Key in SettingKey]-?: Setting<Settings[Key]> } = {
  telegramApiId: {
    name: 'TELEGRAM_API_ID',
    section: SECTIONS.telegram,
    kind: wholeNumber({ min: 1, max: 0x7fff_ffff }),
    description: 'The api_id of your own application, from https://my.telegram.org/apps.',
  },
  telegramApiHash: {
    name: 'TELEGRAM_API_HASH',
    section: SECTIONS.telegram,
    kind: pattern(/^[0-9a-f]{32}$/i, '32 hexadecimal digits'),
    description: 'The api_hash that belongs to TELEGRAM_API_ID.',
    secret: true,
  },
  telegramSession: {
    name: 'TELEGRAM_SESSION',
    section: SECTIONS.telegram,
    kind: pattern(/^[\w+/=-]+$/, 'a session string'),
    description: 'A session as one string, for machines that keep no files. It gives full access to the account.',
    secret: true,
    onlyFromYou: ACCOUNT,
  },
  telegramSessionFile: {
    name: 'TELEGRAM_SESSION_FILE',
    section: SECTIONS.telegram,
    kind: path,
    defaultFrom: { describe: 'telegram.session in your configuration folder', make: defaultSessionFile },
    description: 'The session file. `chatferry login` writes it, all other commands read it.',
    path: true,
    onlyFromYou: LOGIN_PLACE,
  },
  telegramPhone: {
    name: 'TELEGRAM_PHONE',
    section: SECTIONS.telegram,
    kind: pattern(/^\+?[\d().-]{5,24}$/, 'a phone number in international form, such as +49 151 23456789'),
    description: 'The phone number to log in with. When it is not set, `login` asks for it on the terminal.',
    flag: '--phone',
  },
  telegramPassword: {
    name: 'TELEGRAM_PASSWORD',
    section: SECTIONS.telegram,
    kind: text,
    description: 'The password of two-step verification. When it is not set, `login` asks for it on the terminal.',
    secret: true,
  },
  telegramBotToken: {
    name: 'TELEGRAM_BOT_TOKEN',
    section: SECTIONS.telegram,
    kind: pattern(/^\d+:[\w-]+$/, 'a token from @BotFather, such as 123456:ABC-def'),
    description: 'Logs in as this bot instead of a person. A bot sees only its own chats.',
    secret: true,
    onlyFromYou: ACCOUNT,
  },
  telegramDcAddresses: {
    name: 'TELEGRAM_DC_ADDRESSES',
    section: SECTIONS.connection,
    kind: dcAddresses,
    description:
      "Another MTProto server than Telegram's own: test data centres, a private server, `chatferry simulate`.",
    onlyFromYou: SERVER,
  },
  telegramPublicKeyFile: {
    name: 'TELEGRAM_PUBLIC_KEY_FILE',
    section: SECTIONS.connection,
    kind: path,
    description: 'The public RSA key of that server, in PEM format.',
    path: true,
    onlyFromYou: SERVER_KEY,
  },
  telegramFastPath: {
    name: 'TELEGRAM_FAST_PATH',
    section: SECTIONS.connection,
    kind: boolean,
    defaultText: 'true',
    description:
      'Uses a faster cipher and faster framing than the telegram package. The results are the same. Set false to find out whether they cause a problem.',
  },
  ...PROXY_SETTINGS,
  requestTimeoutMs: {
    name: 'REQUEST_TIMEOUT_SECONDS',
    section: SECTIONS.connection,
    kind: wholeNumber({ min: 1, max: 600, multiplier: 1000 }),
    defaultText: String(DEFAULT_REQUEST_TIMEOUT_MS / 1000),
    description: 'Seconds to wait for the answer to a request before it is retried.',
  },
  maxFloodWaitMs: {
    name: 'MAX_FLOOD_WAIT_SECONDS',
    section: SECTIONS.connection,
    kind: wholeNumber({ min: 0, max: 604_800, multiplier: 1000 }),
    defaultText: String(DEFAULT_MAX_FLOOD_WAIT_MS / 1000),
    description:
      'The longest flood wait, in seconds, that a run waits for. A longer one ends the run with exit code 7.',
  },
  ...ARCHIVE_SETTINGS,
  mediaKinds: {
    name: 'MEDIA_KINDS',
    section: SECTIONS.export,
    kind: wordList(MEDIA_KINDS),
    defaultText: 'all',
    description:
      'Which kinds of media are fetched. All messages are exported; media of other kinds are listed as left out.',
    flag: '--media',
  },
  maxMediaSizeBytes: {
    name: 'MAX_MEDIA_SIZE_MB',
    section: SECTIONS.export,
    kind: wholeNumber({ min: 0, max: 8192, zeroMeans: 'no limit', multiplier: 1024 * 1024 }),
    defaultText: '0',
    description:
      'Larger files are listed as left out. A file of unknown size is read up to this limit. In MB of 1,048,576 bytes.',
    flag: '--max-media-size-mb',
  },
  deduplicateMedia: {
    name: 'DEDUPLICATE_MEDIA',
    section: SECTIONS.export,
    kind: boolean,
    defaultText: 'true',
    description:
      'Fetches and stores the same bytes once: a file that the archive already has is linked. false fetches every file.',
    flag: '--no-deduplicate',
  },
  hashApiTimeoutMs: {
    name: 'HASH_API_TIMEOUT_MS',
    section: SECTIONS.export,
    kind: wholeNumber({ min: 100, max: 60_000 }),
    defaultText: '5000',
    description:
      'Milliseconds to wait for the hashes that tell whether a file is already stored under another id. After that it is fetched.',
  },
  timeZone: {
    name: 'TIME_ZONE',
    section: SECTIONS.export,
    kind: timeZone,
    defaultFrom: {
      describe: 'TZ, else the time zone of this machine',
      make: ({ environment }) => machineTimeZone(environment),
      source: 'TZ in the environment',
    },
    description: 'The time zone for formats that contain local times.',
    flag: '--time-zone',
  },
  parallelMediaProcessing: {
    name: 'PARALLEL_MEDIA_PROCESSING',
    section: SECTIONS.parallel,
    kind: boolean,
    defaultText: 'true',
    description: 'Fetches several files at once. false fetches one file at a time, with the same result.',
    flag: '--no-parallel',
  },
  parallelMediaMode: {
    name: 'PARALLEL_MEDIA_MODE',
    section: SECTIONS.parallel,
    kind: choice(['sequential', 'batch', 'window']),
    defaultText: 'window',
    description:
      'window fetches several files at once across batches of messages, and each file in parts. batch finishes one batch before it starts the next. sequential fetches one file at a time. batch and sequential fetch each file from beginning to end, with one request after the other.',
    flag: '--mode',
  },
  maxParallelMedia: {
    name: 'MAX_PARALLEL_MEDIA',
    section: SECTIONS.parallel,
    kind: wholeNumber({ min: 0, max: 64, zeroMeans: 'automatic' }),
    defaultText: '0',
    description:
      'The largest number of media jobs at once, each with two requests in flight. Automatic adapts to the connection.',
    flag: '--max-parallel',
  },
  parallelMediaMemoryLimitMb: {
    name: 'PARALLEL_MEDIA_MEMORY_LIMIT_MB',
    section: SECTIONS.parallel,
    kind: wholeNumber({ min: 0, max: 1_048_576, zeroMeans: 'from the cgroup or the machine' }),
    defaultText: '0',
    description: 'Resident memory of the program and its child processes, in MB. Above it, no new media job starts.',
    flag: '--memory-limit-mb',
  },
  parallelMediaCheckIntervalMs: {
    name: 'PARALLEL_MEDIA_CHECK_INTERVAL_MS',
    section: SECTIONS.parallel,
    kind: wholeNumber({ min: 10, max: 60_000 }),
    defaultText: String(DEFAULT_MEMORY_CHECK_INTERVAL_MS),
    description: 'Milliseconds between two measurements of memory.',
  },
  parallelMediaWindow: {
    name: 'PARALLEL_MEDIA_WINDOW',
    section: SECTIONS.parallel,
    kind: wholeNumber({ min: 1, max: 10_000 }),
    defaultText: String(DEFAULT_WINDOW_SIZE),
    description: 'The largest number of messages that are read from Telegram but not yet written to the archive.',
  },
  ...MEDIA_SETTINGS,
  ...UPLOAD_SETTINGS,
  ...S3_SETTINGS,
  ...STORE_SETTINGS,
  ...FFMPEG_SETTINGS,
  logLevel: {
    name: 'LOG_LEVEL',
    section: SECTIONS.program,
    kind: choice(['silent', 'error', 'warn', 'info', 'debug']),
    defaultText: 'warn',
    description: 'How much is logged. debug includes the cause of each error.',
    flag: '--verbose',
  },
  logFile: {
    name: 'LOG_FILE',
    section: SECTIONS.program,
    kind: path,
    description: 'The log file. Entries are appended as JSON lines. Not set: standard error.',
    path: true,
    onlyFromYou: LOG,
  },
  preset: {
    name: 'CHATFERRY_PRESET',
    section: SECTIONS.program,
    kind: text,
    description:
      'A settings file with the lowest precedence: a name for config/<name>.env, or a path that ends in .env.',
    flag: '--preset',
    onlyFromYou: PRESET_OUTSIDE,
  },
};

/** All keys, in the order of the table. */
export const SETTING_KEYS: readonly SettingKey[] = Object.keys(SETTINGS) as SettingKey[];
