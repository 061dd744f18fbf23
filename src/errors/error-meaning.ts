import { ChatferryError, type ErrorCode } from './chatferry-error.js';
import { ExitCode } from './exit-code.js';

/**
 * What fails with an error: one file, one chat, or the run, because the next file and the next chat would meet the same
 * error.
 */
export type ErrorScope = 'file' | 'chat' | 'run';

/** What an error code means to the code that handles errors. */
export interface ErrorMeaning {
  readonly scope: ErrorScope;
  /** `passing`: the same request may succeed later. `for good`: it will be refused again. */
  readonly lasts: 'passing' | 'for good';
  /** Whether the partial file is kept. It is removed if its bytes are wrong or unwanted. */
  readonly partialFile: 'kept' | 'removed';
  /** Of a run that ends with it. What a listed file or chat adds to the exit code is decided by the run. */
  readonly exitCode: ExitCode;
  /** What the user can do, in one sentence. The message of an error may be more specific. */
  readonly remedy: string;
}

const MEANINGS = {
  USAGE: {
    scope: 'run',
    lasts: 'for good',
    partialFile: 'kept',
    exitCode: ExitCode.usage,
    remedy: 'Change the option, setting or argument that the message names.',
  },
  LOGIN_REQUIRED: {
    scope: 'run',
    lasts: 'for good',
    partialFile: 'kept',
    exitCode: ExitCode.login,
    remedy: 'Run `chatferry login`.',
  },
  LOGIN_REFUSED: {
    scope: 'run',
    lasts: 'for good',
    partialFile: 'kept',
    exitCode: ExitCode.login,
    remedy: 'Check the phone number, code and password, or the bot token, and log in again.',
  },
  LOCKED: {
    scope: 'run',
    lasts: 'passing',
    partialFile: 'kept',
    exitCode: ExitCode.usage,
    remedy: 'Wait until the other process has ended, then run the same command again.',
  },
  CHAT_NOT_FOUND: {
    scope: 'chat',
    lasts: 'for good',
    partialFile: 'kept',
    exitCode: ExitCode.usage,
    remedy: 'Take the name or id that `chatferry chats` lists.',
  },
  NO_ACCESS: {
    scope: 'chat',
    lasts: 'for good',
    partialFile: 'kept',
    exitCode: ExitCode.remoteRefused,
    remedy: 'Export with an account that may read the chat, or ask to be admitted.',
  },
  UNREACHABLE: {
    scope: 'run',
    lasts: 'passing',
    partialFile: 'kept',
    exitCode: ExitCode.remoteRefused,
    remedy: 'Check the network, then run the same command again: it continues where it stopped.',
  },
  TIMEOUT: {
    scope: 'file',
    lasts: 'passing',
    partialFile: 'kept',
    exitCode: ExitCode.remoteRefused,
    remedy: 'Run the same command again later.',
  },
  FLOOD_WAIT: {
    scope: 'run',
    lasts: 'passing',
    partialFile: 'kept',
    exitCode: ExitCode.remoteRefused,
    remedy: 'Wait as long as the message says, then run the same command again.',
  },
  FILE_REFERENCE_EXPIRED: {
    scope: 'file',
    lasts: 'passing',
    partialFile: 'kept',
    exitCode: ExitCode.remoteRefused,
    remedy: 'Run the same command again: it asks for a new reference.',
  },
  MEDIA_UNAVAILABLE: {
    scope: 'file',
    lasts: 'for good',
    partialFile: 'kept',
    exitCode: ExitCode.mediaMissing,
    remedy: 'The file is gone. The same command asks for it once more, and after that only lists it.',
  },
  TOO_LARGE: {
    scope: 'file',
    lasts: 'for good',
    partialFile: 'removed',
    exitCode: ExitCode.complete,
    remedy: 'Raise MAX_MEDIA_SIZE_MB to fetch it.',
  },
  CONTENT_MISMATCH: {
    scope: 'file',
    lasts: 'passing',
    partialFile: 'removed',
    exitCode: ExitCode.mediaMissing,
    remedy: 'Run the same command again: it fetches the file again.',
  },
  FILE_LOST: {
    scope: 'file',
    lasts: 'passing',
    partialFile: 'kept',
    exitCode: ExitCode.mediaMissing,
    remedy: 'Run the same command again: it fetches the file again.',
  },
  REMOTE_ERROR: {
    scope: 'chat',
    lasts: 'passing',
    partialFile: 'kept',
    exitCode: ExitCode.remoteRefused,
    remedy: 'Run the same command again later.',
  },
  UNDECODABLE: {
    scope: 'chat',
    lasts: 'passing',
    partialFile: 'kept',
    exitCode: ExitCode.unexpected,
    remedy: 'Update chatferry: Telegram sends something that this version does not know.',
  },
  IMPLAUSIBLE_ANSWER: {
    scope: 'run',
    lasts: 'passing',
    partialFile: 'kept',
    exitCode: ExitCode.remoteRefused,
    remedy: 'Check which server this is and what is between you and it, then run the same command again.',
  },
  FILE_SYSTEM: {
    scope: 'run',
    lasts: 'passing',
    partialFile: 'kept',
    exitCode: ExitCode.unexpected,
    remedy: 'Free disk space, or grant the permissions that the message names, then run the same command again.',
  },
  ARCHIVE_DAMAGED: {
    scope: 'run',
    lasts: 'for good',
    partialFile: 'kept',
    exitCode: ExitCode.archiveDamaged,
    remedy: 'Keep a copy of the archive; the message says what contradicts what.',
  },
  SOURCE_CHANGED: {
    scope: 'file',
    lasts: 'passing',
    partialFile: 'removed',
    exitCode: ExitCode.mediaMissing,
    remedy: 'Run the same command again when the file no longer changes: it starts over.',
  },
  STORE_REFUSED: {
    scope: 'file',
    lasts: 'passing',
    partialFile: 'kept',
    exitCode: ExitCode.remoteRefused,
    remedy: 'Free space in the store, or choose another one; the message names the limit.',
  },
  MISSING_PROGRAM: {
    scope: 'run',
    lasts: 'for good',
    partialFile: 'kept',
    exitCode: ExitCode.usage,
    remedy: 'Install the program, or correct the setting that names it.',
  },
  INTERRUPTED: {
    scope: 'run',
    lasts: 'passing',
    partialFile: 'kept',
    exitCode: ExitCode.interrupted,
    remedy: 'Run the same command again: it continues where it stopped.',
  },
  INTERNAL: {
    scope: 'run',
    lasts: 'for good',
    partialFile: 'kept',
    exitCode: ExitCode.unexpected,
    remedy: 'Report it with what `--verbose` prints.',
  },
} as const satisfies Record<ErrorCode, ErrorMeaning>;

/**
 * The only definition of what errors mean; all code that branches on the kind of an error uses it. docs/OPERATIONS.md shows
 * it to users.
 */
export const ERROR_MEANINGS: Readonly<Record<ErrorCode, ErrorMeaning>> = MEANINGS;

/** What an error means. Anything but a {@link ChatferryError} is a defect of ours: `INTERNAL`. */
export function meaningOf(error: unknown): ErrorMeaning {
  return ERROR_MEANINGS[error instanceof ChatferryError ? error.code : 'INTERNAL'];
}

/** The exit code of a run that ended with `error`. */
export function exitCodeOf(error: unknown): ExitCode {
  return meaningOf(error).exitCode;
}

/**
 * Whether an error during the fetch of a file fails only that file, which becomes a record with the reason. Otherwise the
 * run ends; a defect of ours, for example, says nothing about the file.
 */
export function failsOnlyTheFile(error: unknown): error is ChatferryError {
  return meaningOf(error).scope !== 'run';
}

/**
 * Whether an error that ended the export of a chat concerns only that chat, so that the others can continue. Server problems
 * (`retryable`) affect all chats.
 */
export function failsOnlyTheChat(error: unknown): error is ChatferryError {
  return meaningOf(error).scope === 'chat' && error instanceof ChatferryError && !error.retryable;
}

/** Whether a file that was refused with this code will always be refused. */
export function isPermanentRefusal(code: ErrorCode): boolean {
  const { scope, lasts } = ERROR_MEANINGS[code];
  return scope === 'file' && lasts === 'for good';
}

/** Errors that make the partial file useless for a later run. With all others it is kept. */
export function makesPartialFileUseless(error: unknown): boolean {
  return meaningOf(error).partialFile === 'removed';
}

/**
 * Whether a failed file points to a bad connection, so that fewer files at once may help: what was lost,
 * late or damaged in transit. An explicit refusal by the server says nothing about the connection.
 */
export function suggestsBadConnection(error: ChatferryError): boolean {
  return error.retryable;
}
