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
  /** Of an earlier connection to the same data centre. Without it a key is negotiated. */
  readonly authKey?: Buffer;
  /** Of an earlier connection with the same key: spares one round trip. A stale one is corrected by the server. */
  readonly salt?: BigInteger;
  /** Opens and seals packets. @defaultValue gramjs's own cipher */
  readonly opener?: PacketOpener | undefined;
  /** How packets stand in the stream. @defaultValue `intermediate`; `full` is gramjs's own */
  readonly framing?: Framing;
  /** Goes before every request until one was answered; see `introductionOf`. Without it, the first request says all. */
  readonly introduction?: Buffer;
  readonly connectTimeoutMs: number;
  /** The proxy to go through. Then the framing is `intermediate`, since gramjs's own connection knows no HTTP proxies. */
  readonly proxy?: ProxyAddress | undefined;
  /** Which keys the server may prove itself with. @defaultValue all that gramjs knows */
  readonly trustsKey?: TrustsKey;
  readonly log: TelegramLog;
  /** Ends an attempt to open. */
  readonly signal: AbortSignal;
}

export interface CallOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

// A leading zero byte of the shared key is dropped by gramjs about once in 256 handshakes, and the server then refuses.
const HANDSHAKE_TRIES = 4;

/**
 * One connection to one data centre. When it is lost, or a request goes unanswered, it is over: take another.
 */
export class DcSender {
  readonly dcId: number;
  /** 256 bytes; the key of this data centre for this account. */
  readonly authKey: Buffer;
  readonly #sender: OneConnectionSender;
  readonly #calls = new Map<RequestState, (error: unknown) => void>();
  #introduction: Buffer | undefined;
  #usable = true;
  #closed = false;
  #answerCount = 0;

  /**
   * Connects and, without a key, negotiates one.
   *
   * @throws {ChatferryError} `UNREACHABLE`; the signal's reason when it aborts.
   */
  static async open(options: DcSenderOptions): Promise<DcSender> {
    for (let trial = 1; ; trial += 1) {
      const connection = isStock(options) ? new GramjsConnection(options) : new TcpConnection(options);
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
          // Told of what gramjs cannot read, before it closes the connection.
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
        if (authKey === undefined) throw new Error('no key came of the handshake');
        return new DcSender(options, authKey, sender);
      } catch (cause) {
        await connection.disconnect();
        options.signal.throwIfAborted();
        if (isChatferryError(cause)) throw cause;
        options.log('debug', `Handshake with DC ${options.dcId} failed (try ${trial}): ${errorMessage(cause)}`);
        if (trial === HANDSHAKE_TRIES) {
          throw new ChatferryError(
            'UNREACHABLE',
            `The server at ${connection.toString()} does not speak as Telegram does: ${errorMessage(cause)}. ` +
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

  /** What the server last told; see {@link DcSenderOptions.salt}. */
  get salt(): BigInteger {
    return this.#sender._state.salt;
  }

  /** Whether it takes calls. */
  get isUsable(): boolean {
    return this.#usable;
  }

  /** Calls that were answered, refusals included. */
  get answerCount(): number {
    return this.#answerCount;
  }

  /** Calls that wait for their answer. */
  get callCount(): number {
    return this.#calls.size;
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @throws {RPCError} gramjs's, with the server's own text in `errorMessage`.
   * @throws {ChatferryError} `UNREACHABLE` when the connection is lost, `TIMEOUT`, both retryable; `LOGIN_REQUIRED` when
   *   the server has forgotten the key.
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
        // A connection that leaves one request unanswered may leave all: nothing new is sent over it.
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

  /** Takes no more calls, and closes the connection when those on their way are answered. */
  retire(): void {
    this.#usable = false;
    if (this.#calls.size === 0) this.#end('it is not used any more');
  }

  /** Rejects what is on its way and closes the connection. */
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
    state.resolve(); // gramjs keeps a state until it is settled.
    if (!this.#usable && this.#calls.size === 0) this.#end('it is not used any more');
  }

  #end(cause: string, code: ErrorCode = 'UNREACHABLE'): void {
    this.#usable = false;
    if (this.#closed) return;
    this.#closed = true;
    this.#sender.userDisconnected = true;
    for (const fail of [...this.#calls.values()]) fail(this.#lost(cause, code));
    void this.#sender.disconnect();
    this.#sender._sendQueue.clear(); // Wakes the send loop, which then sees that it is over.
  }

  #lost(cause: string, code: ErrorCode = 'UNREACHABLE'): ChatferryError {
    const address = this.#sender._connection?.toString() ?? 'nowhere';
    return new ChatferryError(code, `The connection to Telegram at ${address} was lost: ${cause}.`, {
      retryable: code === 'UNREACHABLE',
    });
  }
}

function isStock({ framing, proxy }: DcSenderOptions): boolean {
  return framing === 'full' && proxy === undefined;
}

/** What gramjs reads of a request beside its bytes. */
const GRAMJS_REQUEST = { classType: 'request', className: 'request', CONSTRUCTOR_ID: 0 };

/** The handshake has no deadline of its own: it ends with the connection. */
async function untilAborted(work: Promise<void>, options: DcSenderOptions): Promise<void> {
  const { signal, connectTimeoutMs, host, port } = options;
  let stop: (error: Error) => void = () => undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = reject;
  });
  const abort = (): void => {
    stop(signal.reason as Error);
  };
  // Connecting has its own timeout; the handshake after it takes three exchanges and some arithmetic.
  const timeout = setTimeout(() => {
    const message = `No answer from ${host}:${port} to the first request. Is it a Telegram server?`;
    stop(new ChatferryError('UNREACHABLE', message, { retryable: true }));
  }, connectTimeoutMs * 3);
  signal.addEventListener('abort', abort, { once: true });
  work.catch(() => undefined); // When it loses the race, its end comes with the connection's.
  try {
    await Promise.race([work, stopped]);
  } finally {
    clearTimeout(timeout);
    signal.removeEventListener('abort', abort);
  }
}
