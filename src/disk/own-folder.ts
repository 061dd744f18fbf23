import { stat } from 'node:fs/promises';

import { ChatferryError } from '../errors/chatferry-error.js';
import type { Entry } from './entry.js';

const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;

/** Whether a file or folder belongs to this user, or to the administrator. True on Windows, where owners are no numbers. */
export function isOwnedByUs({ owner }: Pick<Entry, 'owner'>): boolean {
  const user = process.getuid?.();
  return user === undefined || owner === user || owner === 0;
}

/**
 * Checks that nobody else may put files into a folder or take them away. A folder that all share, such as /tmp, is taken:
 * its sticky bit keeps one user from the files of another.
 *
 * @param subject - What is to lie there, as the message begins: `The session file /x/y`.
 * @throws {ChatferryError} `FILE_SYSTEM`. @throws Node's error for a folder that is not there.
 */
export async function requireOwnFolder(folder: string, subject: string): Promise<void> {
  if (process.getuid === undefined) return;
  const { uid, mode } = await stat(folder);
  const reason = isOwnedByUs({ owner: uid }) ? openness(folder, mode) : foreignness(folder, uid);
  if (reason !== undefined) throw new ChatferryError('FILE_SYSTEM', `${subject} is not used: ${reason}`);
}

function openness(folder: string, mode: number): string | undefined {
  if ((mode & WRITABLE_BY_OTHERS) === 0 || (mode & STICKY) !== 0) return undefined;
  return `other users may write to its folder ${folder}. Choose another folder, or close it: chmod go-w '${folder}'`;
}

function foreignness(folder: string, owner: number): string {
  return `its folder ${folder} belongs to another user (${owner}). Choose a folder of your own, or run this as that user.`;
}
