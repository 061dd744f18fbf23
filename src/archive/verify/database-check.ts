import { once } from 'node:events';

import { ownModule } from '../../children/own-module.js';
import { startProgram } from '../../children/start-program.js';
import { ChatferryError } from '../../errors/chatferry-error.js';

/**
 * Checks the database of an archive in a process of its own, which can be killed at once: SQLite's integrity check,
 * foreign keys, inconsistent rows, the search index. Only reads, and works beside a writer.
 *
 * @param path - Of the database, absolute.
 * @param isQuick - Skips the check that indexes match their tables, which takes most of the time.
 * @returns the problems, for users.
 * @throws {ChatferryError} `INTERNAL` when it cannot be checked; the signal's reason when it aborts.
 */
export async function checkDatabase(path: string, isQuick: boolean, signal: AbortSignal): Promise<readonly string[]> {
  signal.throwIfAborted();
  const program = ownModule('./check-database', import.meta.url);
  const args = [...program.execArgv, program.path, path, isQuick ? 'quick' : 'full'];
  const child = startProgram(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C must reach only this process.
    detached: process.platform !== 'win32',
  });
  const end = (): void => {
    child.kill('SIGKILL');
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    let found = '';
    let complaints = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (found += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints = (complaints + text).slice(-2000)));
    const [code] = (await once(child, 'close')) as [number | null];
    signal.throwIfAborted();
    if (code !== 0) throw new ChatferryError('INTERNAL', `The database could not be checked:\n${complaints}`);
    return found
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as string);
  } finally {
    signal.removeEventListener('abort', end);
  }
}
