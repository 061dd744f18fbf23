import { Api } from 'telegram';
import { RPCError } from 'telegram/errors/index.js';

import { ChatferryError } from '../../../../../src/errors/chatferry-error.js';
import type {
  Attempt,
  AttemptOutcome,
  FailedAttempt,
} from '../../../../../src/source/telegram/wire/calls/call-attempt.js';
import { rpcErrorText } from '../../../../../src/source/telegram/wire/rpc-errors.js';

export const ANSWERED = { kind: 'answered', answer: 'yes' } as const;
export const HELD_BACK = { kind: 'held-back' } as const;

/** An attempt that ends as the script says, one outcome after the other; it counts how often it was made. */
export interface ScriptedAttempt<Outcome> extends Attempt<Outcome> {
  readonly count: number;
}

/** The last outcome is repeated for ever. */
export function scripted<const Outcomes extends readonly AttemptOutcome<string>[]>(
  ...outcomes: Outcomes
): ScriptedAttempt<Outcomes[number]> {
  let count = 0;
  const attempt = (): Promise<Outcomes[number]> => {
    const outcome = outcomes[Math.min(count, outcomes.length - 1)];
    count += 1;
    if (outcome === undefined) throw new Error('an empty script');
    return Promise.resolve(outcome);
  };
  return Object.defineProperty(attempt, 'count', { get: () => count }) as ScriptedAttempt<Outcomes[number]>;
}

export function failed(
  error: unknown,
  facts: Partial<FailedAttempt> = {},
): { readonly kind: 'failed'; readonly failure: FailedAttempt } {
  const failure = {
    error,
    text: rpcErrorText(error),
    isForeign: false,
    hadProgress: false,
    forgetKey: (): Promise<void> => Promise.resolve(),
    ...facts,
  };
  return { kind: 'failed', failure };
}

/** What gramjs throws for an error answer. */
export function refusal(text: string, code = 400): RPCError {
  return new RPCError(text, new Api.help.GetConfig(), code);
}

export function lost(): ChatferryError {
  return new ChatferryError('UNREACHABLE', 'The connection was lost.', { retryable: true });
}
