import { ChatferryError } from '../../errors/chatferry-error.js';

/** Primary result codes of SQLite (https://sqlite.org/rescode.html). An extended code has its primary in the low byte. */
const SQLITE = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
};

const ARCHIVE_REMEDY = 'Keep a copy of it, then restore it from a backup or export again into an empty directory.';

/**
 * Converts an error of SQLite for the file at `path`, with its meaning and a remedy. A {@link ChatferryError} passes
 * unchanged.
 */
export function databaseError(error: unknown, path: string, whenDamaged: string = ARCHIVE_REMEDY): ChatferryError {
  if (error instanceof ChatferryError) return error;
  const code = primaryCode(error);
  const fileSystem = (meaning: string, remedy: string): ChatferryError =>
    new ChatferryError('FILE_SYSTEM', `Cannot use ${path}: ${meaning}. ${remedy}`, { cause: error });
  switch (code) {
    case SQLITE.corrupt:
    case SQLITE.notADatabase:
      return new ChatferryError('ARCHIVE_DAMAGED', damageOf(path, error, whenDamaged), { cause: error });
    case SQLITE.full:
      return fileSystem(
        'the disk is full',
        'Make room, then run the same command again: it continues where it stopped.',
      );
    case SQLITE.ioError:
      return fileSystem(`the disk reports an error (${messageOf(error)})`, 'Check the disk and its free space.');
    case SQLITE.readOnly:
      return fileSystem('it is read-only', 'Give this user the right to write to it and to its folder.');
    case SQLITE.cannotOpen:
      return fileSystem(
        'it cannot be opened',
        'Check that its folder exists and that this user may read and write it.',
      );
    case SQLITE.busy:
    case SQLITE.locked:
      return new ChatferryError('LOCKED', `${path} is in use by another program. Close it and try again.`, {
        cause: error,
        retryable: true,
      });
    default:
      return new ChatferryError('INTERNAL', `The archive refused a statement: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * SQLite's text for each code (https://sqlite.org/c3ref/errcode.html). Errors while rows are read have only this text.
 */
const CODES_BY_TEXT: ReadonlyMap<string, number> = new Map([
  ['database is locked', SQLITE.busy],
  ['database table is locked', SQLITE.locked],
  ['attempt to write a readonly database', SQLITE.readOnly],
  ['disk I/O error', SQLITE.ioError],
  ['database disk image is malformed', SQLITE.corrupt],
  ['database or disk is full', SQLITE.full],
  ['unable to open database file', SQLITE.cannotOpen],
  ['file is not a database', SQLITE.notADatabase],
]);

/**
 * Error texts of databases with content that none of ours has: oversized values, invalid JSON, broken tables. A constraint
 * without a name is one of a damaged search index; those of tables have names, and are defects of ours.
 */
const CORRUPT_TEXT =
  /^(?:malformed (?:database schema|JSON)|Value is too large|string or blob too big|unsupported file format|vtable constructor failed|invalid fts5 file format|fts5:? ?corrupt|constraint failed$)/i;

function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  if (CORRUPT_TEXT.test(error.message)) return SQLITE.corrupt;
  if ('errcode' in error && typeof error.errcode === 'number') return error.errcode & 0xff;
  return CODES_BY_TEXT.get(error.message);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function damageOf(path: string, error: unknown, remedy: string): string {
  const said = messageOf(error);
  return remedy === ARCHIVE_REMEDY
    ? `${path} is damaged or no archive (${said}). ${remedy}`
    : `${path} is damaged or no database of ours (${said}). ${remedy}`;
}
