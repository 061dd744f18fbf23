/**
 * The closed set of error codes. Callers branch on codes, never on messages. `error-meaning` defines what each code means,
 * and its exit code.
 */
export type ErrorCode =
  /** A setting, an option or an argument is wrong. */
  | 'USAGE'
  /** No usable login: there is none, it was revoked, or it was refused. */
  | 'LOGIN_REQUIRED'
  | 'LOGIN_REFUSED'
  /** Another process uses the same session file or archive. */
  | 'LOCKED'
  /** The reference names no chat that this account can see. */
  | 'CHAT_NOT_FOUND'
  /** The chat exists but may not be read (private, banned, kicked). */
  | 'NO_ACCESS'
  /** No connection, or it was lost for good. */
  | 'UNREACHABLE'
  /** A request was not answered before its deadline. */
  | 'TIMEOUT'
  /** Telegram demands a pause of `retryAfterMs`. */
  | 'FLOOD_WAIT'
  /** A file reference is too old; fetch its message again and retry. */
  | 'FILE_REFERENCE_EXPIRED'
  /** The file is permanently unavailable. */
  | 'MEDIA_UNAVAILABLE'
  /** A file turned out to be larger than the limit while it was read. */
  | 'TOO_LARGE'
  /** The received bytes differ from the announced ones. */
  | 'CONTENT_MISMATCH'
  /** A stored file is missing or was changed. */
  | 'FILE_LOST'
  /** Any other error from the server. */
  | 'REMOTE_ERROR'
  /** The server sent something that this client cannot read. */
  | 'UNDECODABLE'
  /** The server sent something that Telegram would not send: too much, contradictory, of the wrong kind. */
  | 'IMPLAUSIBLE_ANSWER'
  /** The local file system refused: full, read-only, no permission, … */
  | 'FILE_SYSTEM'
  /** The archive contradicts itself or was written by a newer version. */
  | 'ARCHIVE_DAMAGED'
  /** A file was written to while it was uploaded. */
  | 'SOURCE_CHANGED'
  /** A store refuses the file: too large, no space left, no permission. */
  | 'STORE_REFUSED'
  /** A required program is not installed. */
  | 'MISSING_PROGRAM'
  /** The user or the system asked to stop. */
  | 'INTERRUPTED'
  /** A defect of chatferry itself. */
  | 'INTERNAL';

export interface ChatferryErrorOptions {
  /** The underlying error. For logs and `--verbose`, never shown alone. */
  readonly cause?: unknown;
  /**
   * Whether the same call may succeed later, unchanged.
   *
   * @defaultValue `false`
   */
  readonly retryable?: boolean;
  /** The shortest wait before the next attempt. Implies `retryable`. */
  readonly retryAfterMs?: number;
}

/**
 * The one error class. Its message carries the offending value and the remedy, and reads well on its own line.
 *
 * @example
 * throw new ChatferryError('USAGE', `MAX_PARALLEL_MEDIA must be 0 to 64, got "${value}". Set it to 0 for automatic.`);
 */
export class ChatferryError extends Error {
  override readonly name = 'ChatferryError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, { cause, retryable, retryAfterMs }: ChatferryErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryAfterMs = retryAfterMs;
    this.retryable = retryable ?? retryAfterMs !== undefined;
  }
}

/** Narrows by code: `isChatferryError(error, 'FLOOD_WAIT')`. Without codes, any {@link ChatferryError}. */
export function isChatferryError(error: unknown, ...codes: readonly ErrorCode[]): error is ChatferryError {
  return error instanceof ChatferryError && (codes.length === 0 || codes.includes(error.code));
}

/** A short text for any thrown value, for a log line or a report. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
