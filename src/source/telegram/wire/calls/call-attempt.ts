/** An attempt that the server refused, or whose connection was lost. */
export interface FailedAttempt {
  readonly error: unknown;
  /** The server's error text, such as `FLOOD_WAIT_30`. Undefined if the server did not refuse it. */
  readonly text: string | undefined;
  /** Whether it was sent to another data centre than the account's. */
  readonly isForeign: boolean;
  /** Whether its connection answered other calls between the start of this one and the loss. */
  readonly hadProgress: boolean;
  /** Drops the key that it was sent with. Does nothing if another call has already done so. */
  readonly forgetKey: () => Promise<void>;
}

/** The outcome of one attempt. `held-back`: it was not sent, because its method has to pause. */
export type AttemptOutcome<Answer> =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly failure: FailedAttempt }
  | { readonly kind: 'held-back' };

/** An attempt that was admitted: it was sent. */
export type SentOutcome<Answer> = Exclude<AttemptOutcome<Answer>, { readonly kind: 'held-back' }>;

/**
 * Sends the request of one call. A failure after which a retry may succeed is returned as a value.
 *
 * A decorator is built once per call and keeps its counters in its closure. An outer decorator may call an inner one
 * several times. The inner counters keep their values, so the limits hold for the call as a whole.
 *
 * @throws errors that end the call at once: the signal's reason, `INTERRUPTED` of a closed client, a pause that is too
 *   long.
 */
export type Attempt<Outcome> = () => Promise<Outcome>;
