import { ChatferryError } from '../../../../errors/chatferry-error.js';
import type { AnswerFault } from './answer-check.js';

/**
 * For an answer that Telegram would not give. The connection was not disturbed: what came is what the server, or somebody
 * with its key, has sent.
 *
 * @param what - What came, and what was to be expected: `it has 100 messages where 1 was asked for`.
 */
export function refusedAnswer(method: string, what: string, cause?: unknown): ChatferryError {
  return new ChatferryError(
    'IMPLAUSIBLE_ANSWER',
    `The answer to ${method} was refused: ${what}. Telegram sends nothing like that; nothing of it was taken. ` +
      'Check which server this is (`chatferry doctor`, TELEGRAM_DC_ADDRESSES), then run the same command again.',
    { cause },
  );
}

/** For an answer that the check did not pass. */
export function faultError(method: string, fault: AnswerFault): ChatferryError {
  if (fault.kind !== 'unknown') return refusedAnswer(method, `it has ${fault.what}`);
  const id = fault.constructorId.toString(16).padStart(8, '0');
  return new ChatferryError(
    'UNDECODABLE',
    `The answer to ${method} has something of a kind unknown to this client (${id}). Update chatferry.`,
  );
}
