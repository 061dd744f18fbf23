import { ChatferryError } from '../../../../errors/chatferry-error.js';
import type { AnswerFault } from './answer-check.js';

/**
 * The error for an answer that Telegram would not send. Packets are authenticated, so the network cannot have caused
 * it: the server, or somebody with its key, has sent the answer.
 *
 * @param what - What arrived and what was expected: `it has 100 messages where 1 was requested`.
 */
export function refusedAnswer(method: string, what: string, cause?: unknown): ChatferryError {
  return new ChatferryError(
    'IMPLAUSIBLE_ANSWER',
    `The answer to ${method} was refused: ${what}. Telegram does not send such answers, so it was discarded. ` +
      'Check which server this is (`chatferry doctor`, TELEGRAM_DC_ADDRESSES), then run the same command again.',
    { cause },
  );
}

/** The error for an answer that failed the check. */
export function faultError(method: string, fault: AnswerFault): ChatferryError {
  if (fault.kind !== 'unknown') return refusedAnswer(method, `it has ${fault.what}`);
  const id = fault.constructorId.toString(16).padStart(8, '0');
  return new ChatferryError(
    'UNDECODABLE',
    `The answer to ${method} contains a type that is unknown to this client (${id}). Update chatferry.`,
  );
}
