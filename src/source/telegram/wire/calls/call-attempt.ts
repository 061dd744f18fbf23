/** An attempt that the server refused, or that the line lost. */
export interface FailedAttempt {
  readonly error: unknown;
  /** The server's own words, as `FLOOD_WAIT_30`. Undefined when it was not the server that refused. */
  readonly text: string | undefined;
  /** Whether it went to another data centre than the account's. */
  readonly isForeign: boolean;
  /** Whether its connection answered other calls between the start of this one and the loss. */
  readonly hadProgress: boolean;
  /** Replaces the key that it was sent with; does nothing where another call has done so already. */
  readonly forgetKey: () => Promise<void>;
}

/** How one attempt ended. `held-back`: it was not sent, because its method has to pause. */
export type AttemptOutcome<Answer> =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly failure: FailedAttempt }
  | { readonly kind: 'held-back' };

/** An attempt that was admitted: it was sent. */
export type SentOutcome<Answer> = Exclude<AttemptOutcome<Answer>, { readonly kind: 'held-back' }>;

/**
 * Sends the request of one call. A failure that a later attempt may overcome is a value.
 *
 * A decorator is built once per call and keeps its counters in its closure. An outer decorator may call an inner one
 * several times: the inner counters go on, so that the limits hold for the call as a whole.
 *
 * @throws what ends the call at once: the signal's reason, `INTERRUPTED` of a closed client, a pause beyond patience.
 */
export type Attempt<Outcome> = () => Promise<Outcome>;
