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

/** The state of a chat's folder. Names are relative to the archive. */
export type FolderPlace =
  | { readonly state: 'in-place' }
  /** It was renamed. If `isTaken`, the folder of another chat has its name. */
  | { readonly state: 'renamed'; readonly folder: string; readonly isTaken: boolean }
  /** There are several candidates; or there is one, and another folder with the right name is a candidate too. */
  | { readonly state: 'unclear'; readonly folders: readonly string[] }
  | { readonly state: 'gone' };

/** A search for the folder of a chat. */
export interface FolderSearch {
  /** Of the archive, absolute. */
  readonly directory: string;
  readonly stored: StoredChat;
  /** All chats of the archive. Called only if the folder is not in its place. */
  readonly chats: () => readonly StoredChat[];
  /** Whether rows name files in the folder. If so, a folder without files is not the right one. */
  readonly hasFiles: boolean;
}

/** Information in a folder about its chat. */
interface FolderClaim {
  /** The original name of the folder, from report.json. */
  readonly folder?: string;
  /** From result.json. */
  readonly peer?: PeerId;
}

/** Both files have this information at the beginning. */
const HEAD_BYTES = 8192;
/** For the temporary name while two folders are swapped. */
const ASIDE_PREFIX = '.moved-';

/**
 * Finds the folder of a chat even if a person has renamed it: by its report.json or result.json, else by the end of its
 * name.
 *
 * @throws {ChatferryError} `FILE_SYSTEM`
 */
export async function locateFolder(search: FolderSearch): Promise<FolderPlace> {
  const { directory, stored, hasFiles } = search;
  const { folder } = stored;
  const isThere = await isFolder(join(directory, folder));
  const own = isThere ? await claimOf(join(directory, folder)) : {};
  const isOthers = own.folder !== undefined && own.folder !== folder;
  const isItself = isThere && !isOthers;
  if (isItself && (!hasFiles || (await hasMedia(join(directory, folder))))) return { state: 'in-place' };

  const found = await candidates(search);
  const [first] = found;
  if (first === undefined) return isThere ? { state: 'in-place' } : { state: 'gone' };
  if (found.length > 1 || isItself) return { state: 'unclear', folders: found };
  return { state: 'renamed', folder: first, isTaken: isThere };
}

/**
 * Restores the name of a chat's folder if a person has renamed it.
 *
 * @returns the name that it had; undefined if there was nothing to do.
 * @throws {ChatferryError} `ARCHIVE_DAMAGED` if the right folder cannot be determined; `FILE_SYSTEM`.
 */
export async function restoreFolderName(search: FolderSearch): Promise<string | undefined> {
  const { directory, stored } = search;
  const place = await locateFolder(search);
  if (place.state === 'unclear') throw unclearFolder(directory, stored, place.folders);
  if (place.state !== 'renamed') return undefined;
  const from = join(directory, place.folder);
  const to = join(directory, stored.folder);
  const aside = join(directory, `${ASIDE_PREFIX}${stored.folder}`);
  if (place.isTaken) await moveFolder(to, aside);
  await moveFolder(from, to);
  // The other chat finds its folder by its content, whatever its name.
  if (place.isTaken) await moveFolder(aside, from);
  await syncDirectory(directory);
  return place.folder;
}

/** The error for a chat whose folder cannot be determined. */
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

/** The candidates for the chat's folder with the strongest evidence. */
async function candidates({ directory, stored, chats }: FolderSearch): Promise<readonly string[]> {
  const { chat, folder } = stored;
  const others = new Set(chats().map((other) => other.folder));
  const peer = chat.peerId;
  // The beginning of result.json does not distinguish chats of two accounts with the same person.
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

/** The peer kind of a chat type of Telegram Desktop. */
function kindOf(type: string): PeerKind {
  if (/_(?:supergroup|channel)$/.test(type)) return 'channel';
  return type === 'private_group' ? 'chat' : 'user';
}

/** Empty if there is no such file, or it cannot be read. */
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

/** Whether a folder was made for a chat, by its name and content. @param folder - Absolute. */
export async function holdsChat(folder: string): Promise<boolean> {
  const claim = await claimOf(folder);
  if (claim.folder !== undefined) return true;
  const isNamed = /-(?:user|chat|channel)\d{1,20}(?:-account\d{1,20})?$/.test(folder);
  return isNamed && (claim.peer !== undefined || (await hasMedia(folder)));
}

async function hasMedia(folder: string): Promise<boolean> {
  return (await isFolder(join(folder, 'media'))) || isFolder(join(folder, 'thumbs'));
}

/** False for a link to a folder. @throws {ChatferryError} `FILE_SYSTEM` */
export async function isFolder(path: string): Promise<boolean> {
  const found = await withFileErrors('look at', path, () => entryAt(path));
  return found?.kind === 'folder';
}
