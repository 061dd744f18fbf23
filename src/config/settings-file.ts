import { join, resolve } from 'node:path';

import { ChatferryError } from '../errors/chatferry-error.js';
import { type Environment, readEnvironmentFile } from './environment.js';

/** A `.env` that settings were looked for in. */
export interface SettingsFile {
  /** Absolute. */
  readonly path: string;
  readonly state: 'read' | 'not there' | 'not readable';
}

/** The same with what it says. */
export interface ReadSettingsFile extends SettingsFile {
  readonly variables: Environment;
  /** How messages call it. */
  readonly shortName: string;
}

/**
 * Reads `.env` of the working directory and the one in the configuration folder of this user, in this order: for each
 * setting, the first that says it counts.
 *
 * @param folder - Undefined where there is none, as without a home directory.
 * @throws {ChatferryError} `USAGE` when that of the working directory cannot be read. The other may belong to somebody
 *   else, as after `sudo`, and is left aside.
 */
export function readSettingsFiles(cwd: string, folder: string | undefined): readonly ReadSettingsFile[] {
  const nearPath = resolve(cwd, '.env');
  const near = { ...read(nearPath), shortName: '.env' };
  const farPath = folder === undefined ? nearPath : resolve(join(folder, '.env'));
  if (farPath === nearPath) return [near];
  try {
    return [near, { ...read(farPath), shortName: farPath }];
  } catch (error) {
    if (!(error instanceof ChatferryError)) throw error;
    return [near, { path: farPath, shortName: farPath, state: 'not readable', variables: {} }];
  }
}

/** `/srv/.env (not there) and /home/ada/.config/chatferry/.env (read)`. */
export function describeSettingsFiles(files: readonly SettingsFile[]): string {
  return files.map(({ path, state }) => `${path} (${state})`).join(' and ');
}

function read(path: string): SettingsFile & Pick<ReadSettingsFile, 'variables'> {
  const file = readEnvironmentFile(path);
  return { path, state: file === undefined ? 'not there' : 'read', variables: file?.variables ?? {} };
}
