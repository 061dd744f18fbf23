import { basename, dirname, join } from 'node:path';

import { ChatferryError } from '../../errors/chatferry-error.js';
import { foldersIn, holdsChat } from './chat-folders.js';

/** Names in a message. */
const MOST_NAMES = 3;

/**
 * Refuses a directory that has the folders of chats and no database of them: a new one would know nothing of the files,
 * and every chat would be exported anew over them.
 *
 * @param databasePath - Where the database should be.
 * @throws {ChatferryError} `ARCHIVE_DAMAGED`; `FILE_SYSTEM`.
 */
export async function refuseFoldersWithoutDatabase(databasePath: string): Promise<void> {
  const directory = dirname(databasePath);
  const orphans: string[] = [];
  for (const name of await foldersIn(directory)) if (await holdsChat(join(directory, name))) orphans.push(name);
  if (orphans.length === 0) return;
  const named = orphans.slice(0, MOST_NAMES).map((name) => `"${name}"`);
  const more = orphans.length - named.length;
  const names = more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ');
  throw new ChatferryError(
    'ARCHIVE_DAMAGED',
    `${basename(databasePath)} is gone from ${directory}, or was cut to nothing, but the folders of chats are there: ${names}. ` +
      'It holds the messages, and what the files are. Put it back from a backup. ' +
      'To begin anew, move these folders away, or choose another directory (--out).',
  );
}
