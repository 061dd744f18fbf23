import { ChatferryError, errorMessage } from '../../errors/chatferry-error.js';
import type { ThreadFailure } from './thread-message.js';

/** An error as data. Anything but a {@link ChatferryError} is an internal defect: `INTERNAL`. */
export function failureOf(error: unknown): ThreadFailure {
  const { code, retryable, retryAfterMs } =
    error instanceof ChatferryError ? error : new ChatferryError('INTERNAL', errorMessage(error));
  const stack = error instanceof Error ? error.stack : undefined;
  return { code, message: errorMessage(error), retryable, retryAfterMs, stack };
}

/** The reverse of {@link failureOf}. The cause has the stack of the other thread. */
export function errorOf({ code, message, retryable, retryAfterMs, stack }: ThreadFailure): ChatferryError {
  const cause = new Error(message);
  if (stack !== undefined) cause.stack = stack;
  return new ChatferryError(code, message, { cause, retryable, ...(retryAfterMs !== undefined && { retryAfterMs }) });
}
