import { createHash } from 'node:crypto';

import { parse } from 'dotenv';

import { readRegularFileAndEntrySync, UnreadableFileError } from '../disk/regular-file.js';
import { ChatferryError } from '../errors/chatferry-error.js';

/** Variables by name. An absent one is `undefined`; an empty one counts as not given. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A copy of the variables of this process. Nothing else in the program reads them, and nothing ever writes them. */
export function processEnvironment(): Environment {
  return { ...process.env };
}

/** Far more than all settings with comments need; a larger file is no settings file. */
const MOST_BYTES = 1024 * 1024;

/** A file of variables as it was when it was read. */
export interface EnvironmentFile {
  readonly variables: Environment;
  /** Of its bytes, hexadecimal. */
  readonly sha256: string;
  /** User id; 0 on Windows. */
  readonly owner: number;
  /** Permissions. Without meaning on Windows. */
  readonly mode: number;
  /** Group id of the file; 0 on Windows. */
  readonly group: number;
}

/**
 * Reads a file in `.env` form, as dotenv does: quotes, `#` comments, `export` prefixes, several lines in quotes. This
 * process's own environment stays as it is.
 *
 * @returns `undefined` when there is no such file.
 * @throws {ChatferryError} `USAGE` when it is there but cannot be read.
 */
export function readEnvironmentFile(path: string): EnvironmentFile | undefined {
  try {
    const { bytes, entry } = readRegularFileAndEntrySync(path, MOST_BYTES);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { variables: parse(bytes), sha256, owner: entry.owner, mode: entry.mode, group: entry.group };
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) return undefined;
    const reason = cause instanceof UnreadableFileError ? `: ${cause.message}` : '';
    const message = `${path} cannot be read${reason}. Make it a readable file, or move it away.`;
    throw new ChatferryError('USAGE', message, { cause });
  }
}
