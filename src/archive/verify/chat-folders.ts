import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { type PeerId, peerId, type PeerKind } from '../../chat/peer.js';
import { ChatferryError, isChatferryError } from '../../errors/chatferry-error.js';
import { moveFolder, syncDirectory } from '../../disk/durable-file.js';
import { entryAt } from '../../disk/entry.js';
import { isSystemError, withFileErrors } from '../../disk/file-error.js';
import { openOwnFile } from '../../disk/own-file.js';
import type { StoredChat } from '../records.js';
import { shortTitle } from '../../text/printable.js';

/** Where the folder of a chat is. Names are relative to the archive. */
export type FolderPlace =
  | { readonly state: 'in-place' }
  /** It has another name now. What has its name is another chat's, where `isTaken`. */
  | { readonly state: 'renamed'; readonly folder: string; readonly isTaken: boolean }
  /** Several could be it; or one is, and something else has its name that cannot be told apart. */
  | { readonly state: 'unclear'; readonly folders: readonly string[] }
  | { readonly state: 'gone' };

/** A chat whose folder is looked for. */
export interface FolderQuestion {
  /** Of the archive, absolute. */
  readonly directory: string;
  readonly stored: StoredChat;
  /** All of the archive. Asked for only where the folder is not in its place. */
  readonly chats: () => readonly StoredChat[];
  /** Whether rows name files in the folder, so that one without any is not it. */
  readonly hasFiles: boolean;
}

/** What the files in a folder say whose it is. */
interface FolderClaim {
  /** The name that the folder was made with, from report.json. */
  readonly folder?: string;
  /** From result.json. */
  readonly peer?: PeerId;
}

/** Both files begin with what they are about. */
const HEAD_BYTES = 8192;
/** While two folders change places. */
const ASIDE_PREFIX = '.moved-';

/**
 * Finds the folder of a chat where a person has renamed it: by what its report.json or result.json says, else by the end
 * of its name.
 *
 * @throws {ChatferryError} `FILE_SYSTEM`
 */
export async function whereFolderIs(question: FolderQuestion): Promise<FolderPlace> {
  const { directory, stored, hasFiles } = question;
  const { folder } = stored;
  const isThere = await isFolder(join(directory, folder));
  const own = isThere ? await claimOf(join(directory, folder)) : {};
  const isOthers = own.folder !== undefined && own.folder !== folder;
  const isItself = isThere && !isOthers;
  if (isItself && (!hasFiles || (await hasMedia(join(directory, folder))))) return { state: 'in-place' };

  const found = await candidates(question);
  const [first] = found;
  if (first === undefined) return isThere ? { state: 'in-place' } : { state: 'gone' };
  if (found.length > 1 || isItself) return { state: 'unclear', folders: found };
  return { state: 'renamed', folder: first, isTaken: isThere };
}

/**
 * Gives a chat's folder its name back where a person has renamed it.
 *
 * @returns the name that it had; undefined where there was nothing to do.
 * @throws {ChatferryError} `ARCHIVE_DAMAGED` where it cannot be told which folder is the chat's; `FILE_SYSTEM`.
 */
export async function renameFolderBack(question: FolderQuestion): Promise<string | undefined> {
  const { directory, stored } = question;
  const place = await whereFolderIs(question);
  if (place.state === 'unclear') throw unclearFolder(directory, stored, place.folders);
  if (place.state !== 'renamed') return undefined;
  const from = join(directory, place.folder);
  const to = join(directory, stored.folder);
  const aside = join(directory, `${ASIDE_PREFIX}${stored.folder}`);
  if (place.isTaken) await moveFolder(to, aside);
  await moveFolder(from, to);
  // The other chat finds its folder by what is in it, whatever it is called meanwhile.
  if (place.isTaken) await moveFolder(aside, from);
  await syncDirectory(directory);
  return place.folder;
}

/** The error for a chat whose folder cannot be told. */
export function unclearFolder(
  directory: string,
  { chat, folder }: StoredChat,
  folders: readonly string[],
): ChatferryError {
  const names = folders.map((name) => `"${name}"`).join(', ');
  return new ChatferryError(
    'ARCHIVE_DAMAGED',
    `The media of ${shortTitle(chat.title)} are not in "${folder}", and could be in ${names}. Give the right folder the name "${folder}", move the others out of ${directory}, and run the same command again.`,
  );
}

/** Folders that could be the chat's: those with the best reason to be. */
async function candidates({ directory, stored, chats }: FolderQuestion): Promise<readonly string[]> {
  const { chat, folder } = stored;
  const others = new Set(chats().map((other) => other.folder));
  const peer = chat.peerId;
  // What result.json begins with does not tell the chats of two accounts with one person apart.
  const isOnlyOne = chats().every((other) => other.chat.id === chat.id || other.chat.peerId !== peer);
  const ending = folder.slice(folder.lastIndexOf(`-${peer}`)).toLowerCase();
  const byReport: string[] = [];
  const byResult: string[] = [];
  const byName: string[] = [];
  for (const name of await foldersIn(directory)) {
    if (name === folder) continue;
    const claim = await claimOf(join(directory, name));
    if (claim.folder === folder) byReport.push(name);
    else if (claim.folder !== undefined || others.has(name)) continue;
    else if (claim.peer === peer && isOnlyOne) byResult.push(name);
    else if (claim.peer === undefined && name.toLowerCase().endsWith(ending)) byName.push(name);
  }
  return [byReport, byResult, byName].find((found) => found.length > 0) ?? [];
}

async function claimOf(folder: string): Promise<FolderClaim> {
  const report = /"folder":\s*("(?:[^"\\]|\\.)*")/.exec(await headOf(join(folder, 'report.json')))?.[1];
  if (report !== undefined) return { folder: JSON.parse(report) as string };
  const [, type = '', id] =
    /"type":\s*"(\w+)",\s*"id":\s*(\d+),\s*"messages":/.exec(await headOf(join(folder, 'result.json'))) ?? [];
  return id === undefined ? {} : { peer: peerId(kindOf(type), id) };
}

/** Of Telegram Desktop's types of chats. */
function kindOf(type: string): PeerKind {
  if (/_(?:supergroup|channel)$/.test(type)) return 'channel';
  return type === 'private_group' ? 'chat' : 'user';
}

/** Empty where there is no such file, or none that may be read. */
async function headOf(path: string): Promise<string> {
  try {
    const file = await openOwnFile(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isSystemError(error) || isChatferryError(error, 'FILE_SYSTEM')) return '';
    throw error;
  }
}

/** Names of the folders in a directory. @throws {ChatferryError} `FILE_SYSTEM` */
export async function foldersIn(directory: string): Promise<readonly string[]> {
  const entries = await withFileErrors('read the folder', directory, () => readdir(directory, { withFileTypes: true }));
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** Whether a folder was made for a chat, by what it is called and what is in it. @param folder - Absolute. */
export async function holdsChat(folder: string): Promise<boolean> {
  const claim = await claimOf(folder);
  if (claim.folder !== undefined) return true;
  const isNamed = /-(?:user|chat|channel)\d{1,20}(?:-account\d{1,20})?$/.test(folder);
  return isNamed && (claim.peer !== undefined || (await hasMedia(folder)));
}

async function hasMedia(folder: string): Promise<boolean> {
  return (await isFolder(join(folder, 'media'))) || isFolder(join(folder, 'thumbs'));
}

/** A link to a folder is none. @throws {ChatferryError} `FILE_SYSTEM` */
export async function isFolder(path: string): Promise<boolean> {
  const found = await withFileErrors('look at', path, () => entryAt(path));
  return found?.kind === 'folder';
}
