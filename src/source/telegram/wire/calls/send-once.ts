import { unlessAborted } from '../../../../concurrency/unless-aborted.js';
import type { DcConnections } from '../connections/dc-connections.js';
import type { DcSender } from '../connections/dc-sender.js';
import type { Lane } from '../connections/media-connections.js';
import { rpcErrorText } from '../rpc-errors.js';
import type { WireRequest } from '../wire-request.js';
import type { Attempt, AttemptOutcome } from './call-attempt.js';

/** The part of the connection pool that one attempt needs. */
export interface CallConnections {
  /** The account's data centre. Changes when the account is migrated. */
  readonly homeDcId: number;
  connections(dcId: number): DcConnections;
  /** @throws {ChatferryError} `INTERRUPTED`. */
  throwIfClosed(): void;
}

export interface SendOnceOptions {
  readonly pool: CallConnections;
  /** Undefined: the account's data centre at the time of the attempt. */
  readonly dcId: number | undefined;
  readonly lane: Lane;
  /** Index of the media connection; undefined for the one with the fewest calls. */
  readonly connection: number | undefined;
  readonly timeoutMs: number;
  /** Called when the connection is open, as the server may have demanded a pause while it was being opened. */
  readonly mayBeSent: () => boolean;
  readonly signal: AbortSignal;
}

/** The innermost step of a call: sends the request over one connection and waits for its answer. */
export function sendOnce<Answer>(
  request: WireRequest<Answer>,
  options: SendOnceOptions,
): Attempt<AttemptOutcome<Answer>> {
  const { pool, dcId, lane, connection, timeoutMs, mayBeSent, signal } = options;
  return async () => {
    const target = dcId ?? pool.homeDcId;
    const dc = pool.connections(target);
    const { keyCount } = dc;
    let sender: DcSender | undefined;
    let answersBefore = 0;
    try {
      const outcome = dc.slot({ lane, connection }).run<AttemptOutcome<Answer>>(async (opened) => {
        signal.throwIfAborted();
        sender = opened;
        answersBefore = opened.answerCount;
        if (!mayBeSent()) return { kind: 'held-back' };
        return { kind: 'answered', answer: await opened.call<Answer>(request, { timeoutMs, signal }) };
      });
      return await unlessAborted(outcome, signal);
    } catch (error) {
      signal.throwIfAborted();
      pool.throwIfClosed();
      const failure = {
        error,
        text: rpcErrorText(error),
        isForeign: target !== pool.homeDcId,
        hadProgress: (sender?.answerCount ?? 0) > answersBefore,
        forgetKey: async (): Promise<void> => {
          if (dc.keyCount === keyCount) await dc.forgetKey();
        },
      };
      return { kind: 'failed', failure };
    }
  };
}
