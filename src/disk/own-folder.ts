import { stat } from 'node:fs/promises';

import { ChatferryError } from '../errors/chatferry-error.js';
import { type Entry, entryOf } from './entry.js';

const OTHERS_WRITE = 0o002;
const GROUP_WRITES = 0o020;
const STICKY = 0o1000;

/**
 * Whether a file or folder belongs to this user, or to the administrator. True on Windows, where owners are not
 * numbers.
 */
export function isOwnedByUs({ owner }: Pick<Entry, 'owner'>): boolean {
  const user = process.getuid?.();
  return user === undefined || owner === user || owner === 0;
}

/**
 * Whether users other than its owner and root may write to it. Many systems give each user a group with the same number
 * and make new files writable for it, so that group counts as the user. False on Windows, where modes are meaningless.
 */
export function isWritableByOthers({ mode, group }: Pick<Entry, 'mode' | 'group'>): boolean {
  const user = process.geteuid?.();
  if (user === undefined) return false;
  const isOwnGroup = group === user && group === process.getegid?.();
  return (mode & OTHERS_WRITE) !== 0 || ((mode & GROUP_WRITES) !== 0 && !isOwnGroup);
}

/**
 * Checks that no other user may add files to a folder or remove them. A shared folder such as /tmp is accepted: its
 * sticky bit protects the files of each user.
 *
 * @param subject - What is stored there; the message begins with it: `The session file /x/y`.
 * @param remedyOf - Returns the remedy if the folder belongs to another user, given the user's id.
 * @throws {ChatferryError} `FILE_SYSTEM`. @throws Node's error for a missing folder.
 */
export async function requireOwnFolder(
  folder: string,
  subject: string,
  remedyOf: (owner: number) => string,
): Promise<void> {
  if (process.getuid === undefined) return;
  const found = entryOf(await stat(folder, { bigint: true }));
  const reason = isOwnedByUs(found)
    ? writableByOthersReason(folder, found)
    : foreignOwnerReason(folder, found.owner, remedyOf);
  if (reason !== undefined) throw new ChatferryError('FILE_SYSTEM', `${subject} is not used: ${reason}`);
}

function writableByOthersReason(folder: string, found: Entry): string | undefined {
  if (!isWritableByOthers(found) || (found.mode & STICKY) !== 0) return undefined;
  return `other users may write to its folder ${folder}. Choose another folder, or close it: chmod go-w '${folder}'`;
}

function foreignOwnerReason(folder: string, owner: number, remedyOf: (owner: number) => string): string {
  return `its folder ${folder} belongs to another user (${owner}). ${remedyOf(owner)}`;
}
