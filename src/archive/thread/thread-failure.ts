import { ChatferryError, errorMessage } from '../../errors/chatferry-error.js';
import type { ThreadFailure } from './thread-message.js';

/** What was thrown, as data. Anything but a {@link ChatferryError} is a defect of ours: `INTERNAL`. */
export function failureOf(error: unknown): ThreadFailure {
  const { code, retryable, retryAfterMs } =
    error instanceof ChatferryError ? error : new ChatferryError('INTERNAL', errorMessage(error));
  const stack = error instanceof Error ? error.stack : undefined;
  return { code, message: errorMessage(error), retryable, retryAfterMs, stack };
}

/** The error that {@link failureOf} took apart, with the stack of the other thread in its cause. */
export function errorOf({ code, message, retryable, retryAfterMs, stack }: ThreadFailure): ChatferryError {
  const cause = new Error(message);
  if (stack !== undefined) cause.stack = stack;
  return new ChatferryError(code, message, { cause, retryable, ...(retryAfterMs !== undefined && { retryAfterMs }) });
}
