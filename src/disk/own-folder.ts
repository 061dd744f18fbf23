import { stat } from 'node:fs/promises';

import { ChatferryError } from '../errors/chatferry-error.js';
import { type Entry, entryOf } from './entry.js';

const OTHERS_WRITE = 0o002;
const GROUP_WRITES = 0o020;
const STICKY = 0o1000;

/** Whether a file or folder belongs to this user, or to the administrator. True on Windows, where owners are no numbers. */
export function isOwnedByUs({ owner }: Pick<Entry, 'owner'>): boolean {
  const user = process.getuid?.();
  return user === undefined || owner === user || owner === 0;
}

/**
 * Whether others than its owner and root may write to it. Many systems give each user a group of the same number and make
 * new files writable for it: that group counts as the user. False on Windows, where modes mean nothing.
 */
export function isWritableByOthers({ mode, group }: Pick<Entry, 'mode' | 'group'>): boolean {
  const user = process.geteuid?.();
  if (user === undefined) return false;
  const isOwnGroup = group === user && group === process.getegid?.();
  return (mode & OTHERS_WRITE) !== 0 || ((mode & GROUP_WRITES) !== 0 && !isOwnGroup);
}

/**
 * Checks that nobody else may put files into a folder or take them away. A folder that all share, such as /tmp, is taken:
 * its sticky bit keeps one user from the files of another.
 *
 * @param subject - What is to lie there, as the message begins: `The session file /x/y`.
 * @param remedyOf - What to do where it belongs to another user, whose id it is given.
 * @throws {ChatferryError} `FILE_SYSTEM`. @throws Node's error for a folder that is not there.
 */
export async function requireOwnFolder(
  folder: string,
  subject: string,
  remedyOf: (owner: number) => string,
): Promise<void> {
  if (process.getuid === undefined) return;
  const found = entryOf(await stat(folder, { bigint: true }));
  const reason = isOwnedByUs(found) ? openness(folder, found) : foreignness(folder, found.owner, remedyOf);
  if (reason !== undefined) throw new ChatferryError('FILE_SYSTEM', `${subject} is not used: ${reason}`);
}

function openness(folder: string, found: Entry): string | undefined {
  if (!isWritableByOthers(found) || (found.mode & STICKY) !== 0) return undefined;
  return `other users may write to its folder ${folder}. Choose another folder, or close it: chmod go-w '${folder}'`;
}

function foreignness(folder: string, owner: number, remedyOf: (owner: number) => string): string {
  return `its folder ${folder} belongs to another user (${owner}). ${remedyOf(owner)}`;
}
