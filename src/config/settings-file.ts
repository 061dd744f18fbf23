import { join, resolve } from 'node:path';

import { ChatferryError } from '../errors/chatferry-error.js';
import { type Environment, type EnvironmentFile, readEnvironmentFile } from './environment.js';
import { type FileTrust, trustOfOwnFile, trustOfStrangeFile } from './trust/file-trust.js';
import type { TrustedFile } from './trust/trusted-files.js';

/** A `.env` that settings were looked for in. */
export interface SettingsFile {
  /** Absolute. */
  readonly path: string;
  readonly state: 'read' | 'not there' | 'not readable';
  /** How far it counts; absent where nothing was read. */
  readonly trust?: FileTrust;
}

/** The same with what it says. */
export interface ReadSettingsFile extends SettingsFile {
  readonly variables: Environment;
  /** Undefined where nothing was read. */
  readonly content?: EnvironmentFile;
  /** How messages call it. */
  readonly shortName: string;
}

export interface SettingsPlaces {
  readonly cwd: string;
  /** The configuration folder of this user. Undefined where there is none, as without a home directory. */
  readonly folder: string | undefined;
  readonly trusted: readonly TrustedFile[];
}

/**
 * Reads `.env` of the working directory and the one in the configuration folder of this user, in this order: for each
 * setting, the first that says it counts.
 *
 * @throws {ChatferryError} `USAGE` when that of the working directory cannot be read. The other may belong to somebody
 *   else, as after `sudo`, and is left aside.
 */
export function readSettingsFiles({ cwd, folder, trusted }: SettingsPlaces): readonly ReadSettingsFile[] {
  const nearPath = resolve(cwd, '.env');
  const ownPath = folder === undefined ? undefined : ownSettingsFile(folder);
  if (ownPath === nearPath) return [{ ...read(nearPath, trustOfOwnFile), shortName: '.env' }];
  const near = read(nearPath, (path, file) => trustOfStrangeFile({ path, cwd }, file, trusted));
  const files = [{ ...near, shortName: '.env' }];
  if (ownPath === undefined) return files;
  try {
    return [...files, { ...read(ownPath, trustOfOwnFile), shortName: ownPath }];
  } catch (error) {
    if (!(error instanceof ChatferryError)) throw error;
    return [...files, { path: ownPath, shortName: ownPath, state: 'not readable', variables: {} }];
  }
}

/** The `.env` of this user. @param folder - The configuration folder. */
export function ownSettingsFile(folder: string): string {
  return resolve(join(folder, '.env'));
}

/** `/srv/.env (not there) and /home/ada/.config/chatferry/.env (read)`. */
export function describeSettingsFiles(files: readonly SettingsFile[]): string {
  return files.map(({ path, state, trust }) => `${path} (${[state, trust].filter(Boolean).join(', ')})`).join(' and ');
}

function read(
  path: string,
  trustOf: (path: string, file: EnvironmentFile) => FileTrust,
): Omit<ReadSettingsFile, 'shortName'> {
  const content = readEnvironmentFile(path);
  if (content === undefined) return { path, state: 'not there', variables: {} };
  return { path, state: 'read', trust: trustOf(path, content), variables: content.variables, content };
}
