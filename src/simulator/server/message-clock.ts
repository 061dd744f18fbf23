/**
 * The low bits of ids: 1 for answers, 3 for other messages
 * (https://core.telegram.org/mtproto/description#message-identifier-msg-id).
 */
const ANSWER = 1n;
const NOTICE = 3n;
/** Messages of a client whose clock is further behind or ahead are refused. */
const TOO_OLD_SECONDS = 300;
const TOO_NEW_SECONDS = 30;

/** Generates the server's message ids: the time in seconds times 2³², strictly ascending. */
export class MessageClock {
  #last = 0n;

  next(kind: 'answer' | 'notice'): bigint {
    const now = Date.now();
    const seconds = BigInt(Math.floor(now / 1000));
    const fraction = (BigInt(now % 1000) << 32n) / 1000n;
    const fromTime = ((seconds << 32n) | fraction) & ~3n;
    const base = fromTime > this.#last ? fromTime : (this.#last & ~3n) + 4n;
    this.#last = base + (kind === 'answer' ? ANSWER : NOTICE);
    return this.#last;
  }
}

/**
 * Checks a client's message id. Returns the error code of `bad_msg_notification` for an invalid one
 * (https://core.telegram.org/mtproto/service_messages_about_messages#notification-of-ignored-error-message).
 */
export function messageIdFault(messageId: bigint): 16 | 17 | 18 | undefined {
  if ((messageId & 3n) !== 0n) return 18;
  const ageSeconds = Date.now() / 1000 - Number(messageId >> 32n);
  if (ageSeconds > TOO_OLD_SECONDS) return 16;
  return ageSeconds < -TOO_NEW_SECONDS ? 17 : undefined;
}
