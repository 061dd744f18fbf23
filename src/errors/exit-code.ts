import { ChatferryError, type ErrorCode } from './chatferry-error.js';

/** What the process says when it ends. docs/OPERATIONS.md lists them for users. */
export const ExitCode = {
  complete: 0,
  unexpected: 1,
  usage: 2,
  login: 3,
  mediaMissing: 4,
  archiveDamaged: 5,
  interrupted: 6,
  remoteRefused: 7,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

const BY_ERROR: Readonly<Record<ErrorCode, ExitCode>> = {
  USAGE: ExitCode.usage,
  CHAT_NOT_FOUND: ExitCode.usage,
  LOCKED: ExitCode.usage,
  MISSING_PROGRAM: ExitCode.usage,
  LOGIN_REQUIRED: ExitCode.login,
  LOGIN_REFUSED: ExitCode.login,
  ARCHIVE_DAMAGED: ExitCode.archiveDamaged,
  INTERRUPTED: ExitCode.interrupted,
  NO_ACCESS: ExitCode.remoteRefused,
  FLOOD_WAIT: ExitCode.remoteRefused,
  UNREACHABLE: ExitCode.remoteRefused,
  TIMEOUT: ExitCode.remoteRefused,
  REMOTE_ERROR: ExitCode.remoteRefused,
  FILE_REFERENCE_EXPIRED: ExitCode.remoteRefused,
  MEDIA_UNAVAILABLE: ExitCode.mediaMissing,
  CONTENT_MISMATCH: ExitCode.mediaMissing,
  UNDECODABLE: ExitCode.unexpected,
  FILE_SYSTEM: ExitCode.unexpected,
  INTERNAL: ExitCode.unexpected,
};

/** The exit code of a run that ended with `error`. Anything but a {@link ChatferryError} is unexpected. */
export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof ChatferryError ? BY_ERROR[error.code] : ExitCode.unexpected;
}
