import { ChatferryError } from '../../errors/chatferry-error.js';

declare const unchecked: unique symbol;

/**
 * Text of a database that is used as the name of a file or folder, or as a part of one. The archive is untrusted, so
 * the text has this type until one of the functions here has checked it. Rows declare such columns with this type.
 */
export interface UncheckedText {
  readonly [unchecked]: never;
}

/** The column of a text, for users: `media.path`. */
export type ColumnName = `${string}.${string}`;

/** One invalid value in a database. */
export interface Violation {
  readonly column: ColumnName;
  readonly value: unknown;
  /** Worded to follow the value: `it leads out of its folder`. */
  readonly reason: string;
}

/** In UTF-8. `mediaPath` makes at most 170. Every part is then short enough for every system. */
const PATH_MAX_BYTES = 250;
const REMOTE_ID_MAX_LENGTH = 150;
const SHOWN_LENGTH = 120;

/**
 * Characters that no name of ours has: they are special to a system or a shell, invisible, or change the direction of
 * text.
 */
const FORBIDDEN_SIGN = /[<>:"\\|?*\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
/** https://learn.microsoft.com/windows/win32/fileio/naming-a-file */
const DEVICE_OF_WINDOWS = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/iu;
/** As `folderName` makes them: the slug has only letters, marks, digits and hyphens. */
const CHAT_FOLDER = /^[^./\s]+-(?:user|chat|channel)\d{1,20}(?:-account\d{1,20})?$/u;
/** The folders of a chat that hold media and derivatives. */
const MEDIA_FOLDERS = ['media', 'thumbs'];

/** A path of a stored file, relative to the folder of its chat. @throws {ChatferryError} `ARCHIVE_DAMAGED`. */
export function mediaPathOf(text: UncheckedText, column: ColumnName): string {
  return checked(text, column, mediaPathProblem);
}

/** A path of a derivative, relative to the folder of its chat. @throws {ChatferryError} `ARCHIVE_DAMAGED`. */
export function derivativePathOf(text: UncheckedText, column: ColumnName): string {
  return checked(text, column, derivativePathProblem);
}

/** The folder of a chat, relative to the archive. @throws {ChatferryError} `ARCHIVE_DAMAGED`. */
export function chatFolderOf(text: UncheckedText, column: ColumnName): string {
  return checked(text, column, chatFolderProblem);
}

/** The names of derivatives contain it. @throws {ChatferryError} `ARCHIVE_DAMAGED`. */
export function sha256Of(text: UncheckedText, column: ColumnName): string {
  return checked(text, column, sha256Problem);
}

/** The names of partial files contain it. @throws {ChatferryError} `ARCHIVE_DAMAGED`. */
export function remoteIdOf(text: UncheckedText, column: ColumnName): string {
  return checked(text, column, remoteIdProblem);
}

function checked(text: unknown, column: ColumnName, problemOf: (text: unknown) => string | undefined): string {
  const reason = problemOf(text);
  if (reason === undefined) return text as string;
  throw violationError({ column, value: text, reason });
}

/** Why a value is not the path of a stored file; undefined if it is. */
export function mediaPathProblem(value: unknown): string | undefined {
  return pathProblem(value) ?? parentFolderProblem(value as string, MEDIA_FOLDERS);
}

/** The same for a derivative. */
export function derivativePathProblem(value: unknown): string | undefined {
  return pathProblem(value) ?? parentFolderProblem(value as string, ['thumbs']);
}

/** The same for the folder of a chat. */
export function chatFolderProblem(value: unknown): string | undefined {
  const reason = pathProblem(value);
  if (reason !== undefined) return reason;
  return CHAT_FOLDER.test(value as string)
    ? undefined
    : 'it is not a name that chatferry gives to the folder of a chat';
}

/** Why the folder is not that of the chat with this id; undefined if it is. */
export function folderOwnerProblem(folder: string, chatId: string): string | undefined {
  const [owner, peer] = chatId.includes('/') ? chatId.split('/') : ['', chatId];
  const isOwn = folder.endsWith(`-${peer ?? ''}`) || (owner !== '' && folder.endsWith(`-${peer ?? ''}-${owner ?? ''}`));
  return isOwn ? undefined : `it is not named after its chat, ${shown(chatId)}`;
}

/** The same for a SHA-256. */
export function sha256Problem(value: unknown): string | undefined {
  const isHash = typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
  return isHash ? undefined : 'it is not a SHA-256 (64 hex digits, lower case)';
}

/** The same for the id of a remote file. */
export function remoteIdProblem(value: unknown): string | undefined {
  const isId = typeof value === 'string' && /^[\w:-]+$/.test(value) && value.length <= REMOTE_ID_MAX_LENGTH;
  return isId ? undefined : 'it is not the id of a remote file (letters, digits and colons)';
}

/** Why a value is not a relative path with `/` that stays in its folder on every system; undefined if it is. */
export function pathProblem(value: unknown, maxBytes: number = PATH_MAX_BYTES): string | undefined {
  if (typeof value !== 'string') return 'it is not text';
  if (value === '') return 'it is empty';
  if (Buffer.byteLength(value) > maxBytes) return `it has more than ${maxBytes} bytes`;
  if (value.startsWith('/')) return 'it is an absolute path';
  if (FORBIDDEN_SIGN.test(value)) return 'it has a character that no name of chatferry has';
  for (const part of value.split('/')) {
    if (part === '..') return 'it leads out of its folder';
    if (part === '' || part === '.') return 'it has an empty part';
    if (part.startsWith('.')) return 'it names something hidden';
    if (/[. ]$/.test(part) || DEVICE_OF_WINDOWS.test(part))
      return 'it has a part that is a reserved or invalid name on Windows';
  }
  return undefined;
}

function parentFolderProblem(path: string, folders: readonly string[]): string | undefined {
  const [folder, file] = path.split('/');
  if (folder !== undefined && folders.includes(folder) && file !== undefined) return undefined;
  return `it is not in ${folders.map((name) => `"${name}/"`).join(' or ')}`;
}

/** The error for unsafe values. @param moreCount - How many others there are. */
export function violationError(violation: Violation, moreCount = 0): ChatferryError {
  const more = moreCount === 0 ? '' : ' Others are wrong as well: `chatferry verify` lists them.';
  return new ChatferryError(
    'ARCHIVE_DAMAGED',
    `${violationText(violation)}${more} It was not used, and no file was touched. Chatferry never writes such a value: restore archive.db from a backup, or export again into an empty directory.`,
  );
}

/** One sentence for users: column, value, reason. */
export function violationText({ column, value, reason }: Violation): string {
  return `In archive.db, ${column} is ${shown(value)}: ${reason}.`;
}

/** A value in characters that are safe to print. */
export function shown(value: unknown): string {
  if (value === null) return 'NULL';
  if (value instanceof Uint8Array) return `a blob of ${value.byteLength} bytes`;
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return `a ${typeof value}`;
  const short = value.length <= SHOWN_LENGTH ? value : `${value.slice(0, SHOWN_LENGTH)}…`;
  // Only ASCII: invisible characters, and those that change the direction of text, are escaped.
  return JSON.stringify(short).replaceAll(
    /[^\x20-\x7e…]/gu,
    (sign) => `\\u{${sign.codePointAt(0)?.toString(16) ?? ''}}`,
  );
}
