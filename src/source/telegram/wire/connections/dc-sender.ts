import type { BigInteger } from 'big-integer';
import { AuthKey } from 'telegram/crypto/AuthKey.js';
import { RPCError } from 'telegram/errors/index.js';

import { gramjsAesIge } from '../packets/aes-ige.js';
import type { ProxyAddress } from '../../../../config/sections/proxy-address.js';
import { ChatferryError, type ErrorCode, errorMessage, isChatferryError } from '../../../../errors/chatferry-error.js';
import { useFastPackets } from '../packets/fast-packets.js';
import { GramjsConnection } from './gramjs-connection.js';
import { gramjsLogger, RequestState, type TelegramLog } from '../gramjs-seams.js';
import { GuardedHandshake, type TrustsKey } from './guarded-handshake.js';
import { OneConnectionSender } from './one-connection-sender.js';
import type { PacketOpener } from '../packets/packet-cipher.js';
import { TcpConnection } from './tcp-connection.js';
import type { WireRequest } from '../wire-request.js';

/** https://core.telegram.org/mtproto/mtproto-transports */
export type Framing = 'intermediate' | 'full';

export interface DcSenderOptions {
  readonly dcId: number;
  readonly host: string;
  readonly port: number;
  /** The key of an earlier connection to the same data centre. Without it, a new key is negotiated. */
  readonly authKey?: Buffer;
  /** The salt of an earlier connection with the same key: saves a round trip. The server corrects an outdated one. */
  readonly salt?: BigInteger;
  /** Encrypts and decrypts packets. @defaultValue the cipher of gramjs */
  readonly opener?: PacketOpener | undefined;
  /** The framing of packets. @defaultValue `intermediate`; `full` uses the connection of gramjs */
  readonly framing?: Framing;
  /** Prepended to every request until one is answered; see `introductionOf`. Absent: the first request includes it. */
  readonly introduction?: Buffer;
  readonly connectTimeoutMs: number;
  /**
   * The proxy to use. The framing is then `intermediate`, as the connection of gramjs does not support HTTP proxies.
   */
  readonly proxy?: ProxyAddress | undefined;
  /** Whether the server may authenticate with a given key. @defaultValue accepts all keys that gramjs knows */
  readonly trustsKey?: TrustsKey;
  readonly log: TelegramLog;
  /** Aborts opening the connection. */
  readonly signal: AbortSignal;
}

export interface CallOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

// In about one of 256 handshakes, gramjs drops a leading zero byte of the shared key, and the server then refuses it.
const HANDSHAKE_TRIES = 4;

/**
 * One connection to one data centre. It cannot be used any more after it is lost or a request stays unanswered.
 */
export class DcSender {
  readonly dcId: number;
  /** The account's key at this data centre, 256 bytes. */
  readonly authKey: Buffer;
  readonly #sender: OneConnectionSender;
  readonly #calls = new Map<RequestState, (error: unknown) => void>();
  #introduction: Buffer | undefined;
  #usable = true;
  #closed = false;
  #answerCount = 0;

  /**
   * Connects, and negotiates a key if there is none.
   *
   * @throws {ChatferryError} `UNREACHABLE`; the signal's reason when it aborts.
   */
  static async open(options: DcSenderOptions): Promise<DcSender> {
    for (let trial = 1; ; trial += 1) {
      const connection = usesGramjsConnection(options) ? new GramjsConnection(options) : new TcpConnection(options);
      const key = new AuthKey();
      if (options.authKey !== undefined) await key.setKey(options.authKey);
      const sender: OneConnectionSender = new OneConnectionSender(key, {
        logger: gramjsLogger(options.log),
        dcId: options.dcId,
        retries: 1,
        reconnectRetries: Infinity,
        isMainSender: true,
        securityChecks: true,
        client: {
          // gramjs calls this for data that it cannot read, before it closes the connection.
          _errorHandler: (error: unknown): Promise<void> => {
            sender.onLost(`an unreadable message: ${errorMessage(error)}`);
            return Promise.resolve();
          },
        },
      });
      sender._connection = new GuardedHandshake(connection, options.trustsKey ?? ((): boolean => true));
      if (options.salt !== undefined) sender._state.salt = options.salt;
      useFastPackets(sender._state, options.opener ?? { cipher: gramjsAesIge });
      try {
        await untilAborted(sender._connect(), options);
        sender._connection = connection;
        const authKey = sender.authKey.getKey();
        if (authKey === undefined) throw new Error('the handshake returned no key');
        return new DcSender(options, authKey, sender);
      } catch (cause) {
        await connection.disconnect();
        options.signal.throwIfAborted();
        if (isChatferryError(cause)) throw cause;
        options.log('debug', `Handshake with DC ${options.dcId} failed (try ${trial}): ${errorMessage(cause)}`);
        if (trial === HANDSHAKE_TRIES) {
          throw new ChatferryError(
            'UNREACHABLE',
            `The server at ${connection.toString()} does not follow Telegram's protocol: ${errorMessage(cause)}. ` +
              'Check TELEGRAM_DC_ADDRESSES and TELEGRAM_PUBLIC_KEY_FILE.',
            { cause, retryable: true },
          );
        }
      }
    }
  }

  private constructor({ dcId, introduction }: DcSenderOptions, authKey: Buffer, sender: OneConnectionSender) {
    this.dcId = dcId;
    this.#introduction = introduction;
    this.authKey = authKey;
    this.#sender = sender;
    sender.onLost = (cause, code) => {
      this.#end(cause, code);
    };
  }

  /** The latest salt from the server; see {@link DcSenderOptions.salt}. */
  get salt(): BigInteger {
    return this.#sender._state.salt;
  }

  /** Whether it accepts calls. */
  get isUsable(): boolean {
    return this.#usable;
  }

  /** Number of answered calls, including refusals. */
  get answerCount(): number {
    return this.#answerCount;
  }

  /** Number of calls that wait for an answer. */
  get callCount(): number {
    return this.#calls.size;
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @throws {RPCError} of gramjs, with the server's error text in `errorMessage`.
   * @throws {ChatferryError} `UNREACHABLE` when the connection is lost, `TIMEOUT`, both retryable; `LOGIN_REQUIRED` if
   *   the server no longer knows the key.
   * @throws what `request.read` throws; the signal's reason when it aborts.
   */
  call<Answer>(request: WireRequest<Answer>, { timeoutMs, signal }: CallOptions): Promise<Answer> {
    signal.throwIfAborted();
    if (!this.#usable) return Promise.reject(this.#lost('it is closed'));
    const bytes = this.#introduction === undefined ? request.bytes : Buffer.concat([this.#introduction, request.bytes]);
    const state = new RequestState({ ...request, ...GRAMJS_REQUEST, getBytes: () => bytes } as never);
    return new Promise<Answer>((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timeout);
        signal.removeEventListener('abort', abort);
        this.#forget(state);
      };
      const fail = (error: unknown): void => {
        settle();
        reject(error instanceof Error ? error : new Error(String(error)));
      };
      const abort = (): void => {
        fail(signal.reason);
      };
      const timeout = setTimeout(() => {
        // If one request stays unanswered, others may as well. So nothing new is sent over this connection.
        this.#usable = false;
        const seconds = timeoutMs / 1000;
        const message = `Telegram did not answer ${request.method} within ${seconds} s.`;
        fail(new ChatferryError('TIMEOUT', message, { retryable: true }));
      }, timeoutMs);
      signal.addEventListener('abort', abort, { once: true });
      this.#calls.set(state, fail);
      state.promise?.then(
        (answer) => {
          if (this.#calls.has(state)) this.#answerCount += 1;
          this.#introduction = undefined;
          settle();
          resolve(answer as Answer);
        },
        (error: unknown) => {
          if (error instanceof RPCError) this.#answerCount += 1;
          fail(error);
        },
      );
      this.#sender.addStateToQueue(state);
    });
  }

  /** Accepts no more calls, and closes the connection when the running ones are answered. */
  retire(): void {
    this.#usable = false;
    if (this.#calls.size === 0) this.#end('it is no longer used');
  }

  /** Rejects running calls and closes the connection. */
  close(): Promise<void> {
    this.#end('it was closed');
    return Promise.resolve();
  }

  #forget(state: RequestState): void {
    this.#calls.delete(state);
    if (state.msgId !== undefined) this.#sender._pendingState.delete(state.msgId);
    const queue = this.#sender._sendQueue._queue;
    const place = queue.indexOf(state);
    if (place >= 0) queue.splice(place, 1);
    state.resolve(); // gramjs keeps a request in memory until it is settled.
    if (!this.#usable && this.#calls.size === 0) this.#end('it is no longer used');
  }

  #end(cause: string, code: ErrorCode = 'UNREACHABLE'): void {
    this.#usable = false;
    if (this.#closed) return;
    this.#closed = true;
    this.#sender.userDisconnected = true;
    for (const fail of [...this.#calls.values()]) fail(this.#lost(cause, code));
    void this.#sender.disconnect();
    this.#sender._sendQueue.clear(); // Wakes the send loop, which then ends.
  }

  #lost(cause: string, code: ErrorCode = 'UNREACHABLE'): ChatferryError {
    const address = this.#sender._connection?.toString() ?? 'nowhere';
    return new ChatferryError(code, `The connection to Telegram at ${address} was lost: ${cause}.`, {
      retryable: code === 'UNREACHABLE',
    });
  }
}

function usesGramjsConnection({ framing, proxy }: DcSenderOptions): boolean {
  return framing === 'full' && proxy === undefined;
}

/** The fields that gramjs reads of a request in addition to its bytes. */
const GRAMJS_REQUEST = { classType: 'request', className: 'request', CONSTRUCTOR_ID: 0 };

/** Adds a timeout and an abort signal to the handshake, which has neither. */
async function untilAborted(work: Promise<void>, options: DcSenderOptions): Promise<void> {
  const { signal, connectTimeoutMs, host, port } = options;
  let stop: (error: Error) => void = () => undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = reject;
  });
  const abort = (): void => {
    stop(signal.reason as Error);
  };
  // Connecting has its own timeout. The handshake after it takes three round trips and some computation.
  const timeout = setTimeout(() => {
    const message = `No answer from ${host}:${port} to the first request. Is it a Telegram server?`;
    stop(new ChatferryError('UNREACHABLE', message, { retryable: true }));
  }, connectTimeoutMs * 3);
  signal.addEventListener('abort', abort, { once: true });
  work.catch(() => undefined); // If it loses the race, it fails later, when the connection is closed.
  try {
    await Promise.race([work, stopped]);
  } finally {
    clearTimeout(timeout);
    signal.removeEventListener('abort', abort);
  }
}
