import { ChatferryError } from '../../errors/chatferry-error.js';

declare const unchecked: unique symbol;

/**
 * Text of a database that becomes the name of a file or a folder, or a part of one. The archive may come from anywhere, so
 * it is no string until one of the functions here has looked at it: rows declare such columns with this type.
 */
export interface UncheckedText {
  readonly [unchecked]: never;
}

/** Where a text stands, for people: `media.path`. */
export type ColumnName = `${string}.${string}`;

/** What is wrong with one value of a database. */
export interface Violation {
  readonly column: ColumnName;
  readonly value: unknown;
  /** To be read after the value: `it leads out of its folder`. */
  readonly reason: string;
}

/** In UTF-8. `mediaPath` makes at most 170, and a part is then as short as each system wants it. */
const PATH_MAX_BYTES = 250;
const REMOTE_ID_MAX_LENGTH = 150;
const SHOWN_LENGTH = 120;

/** Signs that no name of ours has: they are special to a system or a shell, or nothing to see, or turn a line around. */
const FORBIDDEN_SIGN = /[<>:"\\|?*\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
/** https://learn.microsoft.com/windows/win32/fileio/naming-a-file */
const DEVICE_OF_WINDOWS = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/iu;
/** As `folderName` makes them: the slug has letters, marks and digits alone. */
const CHAT_FOLDER = /^[^./\s]+-(?:user|chat|channel)\d{1,20}(?:-account\d{1,20})?$/u;
/** The folders of a chat that media and derivatives are in. */
const MEDIA_FOLDERS = ['media', 'thumbs'];

/** A path of a stored file, relative to the folder of its chat. @throws {ChatferryError} `ARCHIVE_DAMAGED`. */
export function mediaPathOf(text: UncheckedText, column: ColumnName): string {
  return checked(text, column, whyNoMediaPath);
}

/** A path of a derivative, relative to the folder of its chat. @throws {ChatferryError} `ARCHIVE_DAMAGED`. */
export function derivativePathOf(text: UncheckedText, column: ColumnName): string {
  return checked(text, column, whyNoDerivativePath);
}

/** The folder of a chat, relative to the archive. @throws {ChatferryError} `ARCHIVE_DAMAGED`. */
export function chatFolderOf(text: UncheckedText, column: ColumnName): string {
  return checked(text, column, whyNoChatFolder);
}

/** Names of derivatives are made of it. @throws {ChatferryError} `ARCHIVE_DAMAGED`. */
export function sha256Of(text: UncheckedText, column: ColumnName): string {
  return checked(text, column, whyNoSha256);
}

/** Names of files on their way are made of it. @throws {ChatferryError} `ARCHIVE_DAMAGED`. */
export function remoteIdOf(text: UncheckedText, column: ColumnName): string {
  return checked(text, column, whyNoRemoteId);
}

function checked(text: unknown, column: ColumnName, whyNot: (text: unknown) => string | undefined): string {
  const reason = whyNot(text);
  if (reason === undefined) return text as string;
  throw violationError({ column, value: text, reason });
}

/** Why a value is no path of a stored file; undefined where it is one. */
export function whyNoMediaPath(value: unknown): string | undefined {
  return whyNoPath(value) ?? whyNotIn(value as string, MEDIA_FOLDERS);
}

/** The same of a derivative. */
export function whyNoDerivativePath(value: unknown): string | undefined {
  return whyNoPath(value) ?? whyNotIn(value as string, ['thumbs']);
}

/** The same of the folder of a chat. */
export function whyNoChatFolder(value: unknown): string | undefined {
  const reason = whyNoPath(value);
  if (reason !== undefined) return reason;
  return CHAT_FOLDER.test(value as string) ? undefined : 'it is no name that chatferry gives to the folder of a chat';
}

/** Why the folder of a chat is not that of the chat with this id; undefined where it is. */
export function whyNotFolderOf(folder: string, chatId: string): string | undefined {
  const [owner, peer] = chatId.includes('/') ? chatId.split('/') : ['', chatId];
  const isOwn = folder.endsWith(`-${peer ?? ''}`) || (owner !== '' && folder.endsWith(`-${peer ?? ''}-${owner ?? ''}`));
  return isOwn ? undefined : `it is not named after its chat, ${shown(chatId)}`;
}

/** The same of a SHA-256. */
export function whyNoSha256(value: unknown): string | undefined {
  const isHash = typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
  return isHash ? undefined : 'it is no SHA-256 (64 digits, hex, lower case)';
}

/** The same of the id of a remote file. */
export function whyNoRemoteId(value: unknown): string | undefined {
  const isId = typeof value === 'string' && /^[\w:-]+$/.test(value) && value.length <= REMOTE_ID_MAX_LENGTH;
  return isId ? undefined : 'it is no id of a remote file (letters, digits and colons)';
}

/** Why a value is no relative path with `/` that stays where it begins, on any system; undefined where it is one. */
export function whyNoPath(value: unknown, mostBytes: number = PATH_MAX_BYTES): string | undefined {
  if (typeof value !== 'string') return 'it is no text';
  if (value === '') return 'it is empty';
  if (Buffer.byteLength(value) > mostBytes) return `it has more than ${mostBytes} bytes`;
  if (value.startsWith('/')) return 'it is an absolute path';
  if (FORBIDDEN_SIGN.test(value)) return 'it has a sign that no name of chatferry has';
  for (const part of value.split('/')) {
    if (part === '..') return 'it leads out of its folder';
    if (part === '' || part === '.') return 'it has an empty part';
    if (part.startsWith('.')) return 'it names something hidden';
    if (/[. ]$/.test(part) || DEVICE_OF_WINDOWS.test(part))
      return 'it has a part that Windows takes for something else';
  }
  return undefined;
}

function whyNotIn(path: string, folders: readonly string[]): string | undefined {
  const [folder, file] = path.split('/');
  if (folder !== undefined && folders.includes(folder) && file !== undefined) return undefined;
  return `it is not in ${folders.map((name) => `"${name}/"`).join(' or ')}`;
}

/** The error for values that lead a program astray. @param moreCount - How many others there are. */
export function violationError(violation: Violation, moreCount = 0): ChatferryError {
  const more = moreCount === 0 ? '' : ' Others are wrong as well: `chatferry verify` lists them.';
  return new ChatferryError(
    'ARCHIVE_DAMAGED',
    `${violationText(violation)}${more} It was not used, and no file was touched. Chatferry writes no such value: restore archive.db from a backup, or export anew into an empty directory.`,
  );
}

/** One sentence for people: column, value, reason. */
export function violationText({ column, value, reason }: Violation): string {
  return `In archive.db, ${column} is ${shown(value)}: ${reason}.`;
}

/** A value in letters that do nothing to a screen. */
export function shown(value: unknown): string {
  if (value === null) return 'NULL';
  if (value instanceof Uint8Array) return `a blob of ${value.byteLength} bytes`;
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return `a ${typeof value}`;
  const short = value.length <= SHOWN_LENGTH ? value : `${value.slice(0, SHOWN_LENGTH)}…`;
  // ASCII alone: what turns lines around, or cannot be seen, is spelled out.
  return JSON.stringify(short).replaceAll(
    /[^\x20-\x7e…]/gu,
    (sign) => `\\u{${sign.codePointAt(0)?.toString(16) ?? ''}}`,
  );
}
