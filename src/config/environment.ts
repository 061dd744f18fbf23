import { readFileSync } from 'node:fs';

import { parse } from 'dotenv';

import { ChatferryError } from '../errors/chatferry-error.js';

/** Variables by name. An absent one is `undefined`; an empty one counts as not given. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A copy of the variables of this process. Nothing else in the program reads them, and nothing ever writes them. */
export function processEnvironment(): Environment {
  return { ...process.env };
}

/**
 * The variables of a file in `.env` form, as dotenv reads it: quotes, `#` comments, `export` prefixes, several lines
 * in quotes. This process's own environment stays as it is.
 *
 * @returns `undefined` when there is no such file.
 * @throws {ChatferryError} `USAGE` when it is there but cannot be read.
 */
export function readEnvironmentFile(path: string): Environment | undefined {
  try {
    return parse(readFileSync(path));
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw new ChatferryError('USAGE', `${path} cannot be read. Make it a readable file, or move it away.`, { cause });
  }
}
