import { basename, dirname, join } from 'node:path';

import { ChatferryError } from '../../errors/chatferry-error.js';
import { foldersIn, holdsChat } from './chat-folders.js';

/** Maximum number of names in a message. */
const MAX_NAMES = 3;

/**
 * Refuses a directory that has folders of chats but no database. A new database would not know the files, and every
 * chat would be exported again over them.
 *
 * @param databasePath - The path where the database should be.
 * @throws {ChatferryError} `ARCHIVE_DAMAGED`; `FILE_SYSTEM`.
 */
export async function refuseFoldersWithoutDatabase(databasePath: string): Promise<void> {
  const directory = dirname(databasePath);
  const orphans: string[] = [];
  for (const name of await foldersIn(directory)) if (await holdsChat(join(directory, name))) orphans.push(name);
  if (orphans.length === 0) return;
  const named = orphans.slice(0, MAX_NAMES).map((name) => `"${name}"`);
  const more = orphans.length - named.length;
  const names = more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ');
  throw new ChatferryError(
    'ARCHIVE_DAMAGED',
    `${basename(databasePath)} is gone from ${directory}, or was cut to nothing, but the folders of chats are there: ${names}. ` +
      'It holds the messages and the list of the files. Restore it from a backup. ' +
      'To start over, move these folders away, or choose another directory (--out).',
  );
}
