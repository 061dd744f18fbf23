import { access, constants, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

import { Archive } from '../archive/archive.js';
import type { Settings } from '../config/settings.js';
import { describeSettingsFiles } from '../config/settings-file.js';
import { PrivateFolder } from '../disk/private-folder.js';
import { errorMessage, isChatferryError } from '../errors/chatferry-error.js';
import { findFfmpeg } from '../media/ffmpeg/ffmpeg-binaries.js';
import { FFMPEG_FLOOR } from '../media/ffmpeg/ffmpeg-floor.js';
import { memoryLimit } from '../memory/memory-limit.js';
import { formatBytes } from '../metrics/summary-line.js';
import { openSource } from './open-source.js';

/** The result of one check. */
export interface Diagnosis {
  readonly name: string;
  /** `warning`: an export runs, but with restrictions. */
  readonly ok: 'yes' | 'warning' | 'no';
  readonly detail: string;
  readonly remedy?: string;
}

type Verdict = Omit<Diagnosis, 'name'>;

const LOW_DISK_BYTES = 5e9;
/** package.json's `engines`. */
const OLDEST_NODE = [20, 19] as const;

export interface DiagnoseOptions {
  /** Sentences about settings that are ignored because the file is not trusted with them. */
  readonly ignored: readonly string[];
  /** The server, if it is not Telegram's own. */
  readonly server: string | undefined;
  readonly signal: AbortSignal;
}

/** Checks everything that an export needs, one after the other. Throws only on an abort. */
export async function* diagnose(
  settings: Settings,
  { ignored, server, signal }: DiagnoseOptions,
): AsyncGenerator<Diagnosis, void, void> {
  const checks: readonly (readonly [string, () => Promise<Verdict> | Verdict])[] = [
    ['Node.js', node],
    ['memory', memory],
    ['settings', () => settingsFiles(settings, ignored)],
    ['ffmpeg', () => ffmpeg(settings, signal)],
    ['disk', () => disk(settings.exportDir)],
    ['database', database],
    ['Telegram', () => telegram(settings, server, signal)],
  ];
  for (const [name, check] of checks) {
    signal.throwIfAborted();
    try {
      yield { name, ...(await check()) };
    } catch (error) {
      signal.throwIfAborted();
      yield { name, ok: 'no', detail: errorMessage(error) };
    }
  }
}

function node(): Verdict {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const fits = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  const detail = `${process.versions.node} on ${process.platform} ${process.arch}`;
  return fits
    ? { ok: 'yes', detail }
    : { ok: 'no', detail, remedy: `Install Node.js ${OLDEST_NODE.join('.')} or newer from https://nodejs.org.` };
}

function settingsFiles(settings: Settings, ignored: readonly string[]): Verdict {
  if (ignored.length > 0) return { ok: 'warning', detail: ignored.join(' ') };
  return { ok: 'yes', detail: `from ${describeSettingsFiles(settings.settingsFiles)}` };
}

async function memory(): Promise<Verdict> {
  const { bytes, origin } = await memoryLimit();
  const place = origin === 'cgroup' ? 'limit of the control group' : 'of the machine';
  return { ok: 'yes', detail: `${formatBytes(bytes)}, ${place}` };
}

async function ffmpeg(settings: Settings, signal: AbortSignal): Promise<Verdict> {
  const { ffmpegPath, ffprobePath } = settings;
  const found = await findFfmpeg({ ffmpegPath, ffprobePath, signal });
  const remedy = 'Install ffmpeg (apt install ffmpeg, brew install ffmpeg, winget install ffmpeg) or set FFMPEG_PATH.';
  if (found === undefined) {
    return { ok: 'warning', detail: 'not found: exports work, the demo has no videos and sounds', remedy };
  }
  const detail = `${found.version} (${found.ffmpeg})`;
  if (found.problem === undefined) return { ok: 'yes', detail };
  const taken = settings.ffmpegAnyVersion
    ? 'accepted, because FFMPEG_ANY_VERSION is set'
    : 'films and sound are left out';
  const update = `${remedy} These have the repairs: ${FFMPEG_FLOOR}.`;
  return { ok: 'warning', detail: `${detail} ${found.problem}: ${taken}`, remedy: update };
}

async function disk(directory: string): Promise<Verdict> {
  const existing = await nearestExisting(directory);
  const remedy = 'Set EXPORT_DIR to a folder that you can write to.';
  if (!(await stat(existing)).isDirectory()) {
    return { ok: 'no', detail: `${existing} is a file, and the archive needs a folder`, remedy };
  }
  try {
    await access(existing, constants.W_OK);
  } catch (error) {
    return { ok: 'no', detail: errorMessage(error), remedy };
  }
  const { bavail, bsize } = await statfs(existing);
  const freeBytes = bavail * bsize;
  const detail = `${formatBytes(freeBytes)} free for ${directory}`;
  return freeBytes > LOW_DISK_BYTES
    ? { ok: 'yes', detail }
    : { ok: 'warning', detail, remedy: 'Free disk space, or set EXPORT_DIR to a larger disk.' };
}

/** The export directory may not exist yet. Its disk is that of the nearest existing parent. */
async function nearestExisting(path: string): Promise<string> {
  for (let candidate = path; ; candidate = dirname(candidate)) {
    try {
      await access(candidate);
      return candidate;
    } catch (error) {
      if (dirname(candidate) === candidate) throw error;
    }
  }
}

async function database(): Promise<Verdict> {
  await using folder = await PrivateFolder.make('chatferry-doctor-');
  using archive = await Archive.open(folder.path);
  archive.search('chatferry');
  return { ok: 'yes', detail: 'SQLite works, full-text search included' };
}

async function telegram(settings: Settings, server: string | undefined, signal: AbortSignal): Promise<Verdict> {
  const place = server === undefined ? '' : `, at a server that is ${server}`;
  try {
    await using source = await openSource(settings, { reporter: { event: () => undefined }, signal });
    const { name, username } = source.account;
    return { ok: 'yes', detail: `logged in as ${name}${username === undefined ? '' : ` (@${username})`}${place}` };
  } catch (error) {
    if (isChatferryError(error, 'LOGIN_REQUIRED')) {
      return { ok: 'warning', detail: errorMessage(error), remedy: 'Run chatferry login.' };
    }
    throw error;
  }
}
