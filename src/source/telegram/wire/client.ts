import { setMaxListeners } from 'node:events';

import { Api } from 'telegram';
import { RPCError } from 'telegram/errors/index.js';
import type { BinaryReader } from 'telegram/extensions/index.js';

import type { ProxyAddress } from '../../../config/sections/proxy-address.js';
import { ChatferryError, errorMessage, isChatferryError } from '../../../errors/chatferry-error.js';
import { checkedAesIge, gramjsAesIge, wasmAesIge } from './packets/aes-ige.js';
import { CdnDirectory, type CdnDataCentre, cdnDataCentres } from './connections/cdn-directory.js';
import { DcAddresses } from './dc-addresses.js';
import { DecryptThread } from './packets/decrypt-thread.js';
import type { CallOptions, DcSender } from './connections/dc-sender.js';
import { beyondPatience, FloodControl, type FloodWait, orderedWaitMs } from './flood-control.js';
import { TELEGRAM_KEYS, type TelegramLog, trustServerKey, verifyGramjs } from './gramjs-seams.js';
import { introduce, introductionOf, transferAuthorisation } from './introduction.js';
import type { CallTrouble, Lane, MediaConnections } from './connections/media-connections.js';
import { type MonotonicClock, systemClock } from './monotonic-clock.js';
import { goesDirectly } from './proxy/no-proxy.js';
import { classifyRpcError, isTransient, migrationTarget, rpcErrorText } from './rpc-errors.js';
import { type DcAddress, SenderPool, type Transport } from './connections/sender-pool.js';
import { readSessionText, writeSessionText } from './session-text.js';
import { unlessAborted } from '../../../concurrency/unless-aborted.js';
import { type WireRequest, wireRequest } from './wire-request.js';

export interface TelegramClientOptions {
  /** From https://my.telegram.org/apps. */
  readonly apiId: number;
  readonly apiHash: string;
  /** gramjs StringSession text. Without it the client is not logged in. */
  readonly session?: string;
  /** Of another server than Telegram's: all that it has. */
  readonly dcAddresses?: readonly DcAddress[];
  /** The RSA key of that server. */
  readonly publicKeyPem?: string;
  /** Our cipher and framing in place of gramjs's own. @defaultValue true */
  readonly fastPath?: boolean;
  /** Starts at once what takes time to get ready for media. @defaultValue false */
  readonly expectsMedia?: boolean;
  /** What every connection goes through. @defaultValue none */
  readonly proxy?: ProxyAddress;
  /** Hosts that are reached without it; see `goesDirectly`. */
  readonly noProxy?: readonly string[];
  /** @defaultValue 15,000 */
  readonly requestTimeoutMs?: number;
  /** @defaultValue 10,000 */
  readonly connectTimeoutMs?: number;
  /** A connection for media that nobody uses is closed after that. @defaultValue 30,000 */
  readonly idleConnectionMs?: number;
  /** How often a request is tried again after a lost connection, a timeout or trouble of the server. @defaultValue 6 */
  readonly maxRetries?: number;
  /** The longest pause ordered by Telegram that is sat out, and the longest in sum for one request. @defaultValue 1 hour */
  readonly maxFloodWaitMs?: number;
  readonly onFloodWait?: (wait: FloodWait) => void;
  readonly log?: TelegramLog;
  /** @defaultValue this machine's */
  readonly clock?: MonotonicClock;
  /** Ends the opening. */
  readonly signal: AbortSignal;
}

export interface InvokeOptions {
  readonly signal: AbortSignal;
  /** @defaultValue the data centre of the account */
  readonly dcId?: number;
  /** @defaultValue `main` */
  readonly lane?: Lane;
  /** Which of the connections for media, from 0; one beyond their count wraps. @defaultValue the one with fewest calls */
  readonly connection?: number;
  /** @defaultValue those of the client */
  readonly maxRetries?: number;
  /** Told of each thing that goes wrong on the way, before the call is tried again or fails. */
  readonly onTrouble?: (trouble: CallTrouble) => void;
}

// Doubles with each try: about 16 s in sum over six, enough for a router or a server to come back.
const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 8000;
// A server that orders a pause after each of so many tries will not change its mind.
const MOST_FLOOD_WAITS = 50;
// A connection that is lost takes every request on it along. Where it answered some of them, the line is bad but alive,
// and those that were left over must not run out of tries; the limit is for a request that itself ends its connections.
const MOST_LOSSES_WITH_PROGRESS = 50;
/** Stands for the answer of a call that was not sent. */
const HELD_BACK: unique symbol = Symbol('held back');

export { wireRequest };

/** A connection to Telegram for one account: requests in, answers out, with all that can go wrong in between. */
export class TelegramClient implements AsyncDisposable {
  readonly apiId: number;
  readonly apiHash: string;
  readonly log: TelegramLog;
  /** The data centres that have encrypted copies of popular files. */
  readonly cdn: CdnDirectory;
  readonly #pool: SenderPool;
  readonly #decryptThread: DecryptThread | undefined;
  readonly #addresses: DcAddresses;
  readonly #flood: FloodControl;
  readonly #clock: MonotonicClock;
  readonly #requestTimeoutMs: number;
  readonly #maxRetries: number;
  readonly #maxFloodWaitMs: number;

  /**
   * Connects to the data centre of the account.
   *
   * @throws {ChatferryError} `UNREACHABLE` with what to check; `LOGIN_REQUIRED` for a damaged session; `USAGE`.
   */
  static async open(options: TelegramClientOptions): Promise<TelegramClient> {
    verifyGramjs();
    if (!Number.isSafeInteger(options.apiId) || options.apiId <= 0 || options.apiHash === '') {
      const message = `TELEGRAM_API_ID and TELEGRAM_API_HASH are needed, got ${options.apiId} and ${options.apiHash === '' ? 'nothing' : 'a hash'}.`;
      throw new ChatferryError('USAGE', `${message} Get yours at https://my.telegram.org/apps.`);
    }
    const addresses = new DcAddresses(options.dcAddresses ?? []);
    const session = options.session === undefined ? undefined : await readSessionText(options.session);
    if (session !== undefined && (options.dcAddresses ?? []).length === 0) {
      addresses.remember({ id: session.dcId, host: session.host, port: session.port });
    }
    const client = new TelegramClient(options, addresses, session);
    try {
      await client.#connect(options.signal);
    } catch (error) {
      await client.close();
      throw error;
    }
    return client;
  }

  private constructor(
    options: TelegramClientOptions,
    addresses: DcAddresses,
    session?: { readonly dcId: number; readonly authKey: Buffer },
  ) {
    this.apiId = options.apiId;
    this.apiHash = options.apiHash;
    this.log = options.log ?? ((): void => undefined);
    this.#clock = options.clock ?? systemClock;
    this.#requestTimeoutMs = options.requestTimeoutMs ?? 15_000;
    this.#maxRetries = options.maxRetries ?? 6;
    this.#maxFloodWaitMs = options.maxFloodWaitMs ?? 3_600_000;
    this.#addresses = addresses;
    this.#flood = new FloodControl({
      clock: this.#clock,
      maxFloodWaitMs: this.#maxFloodWaitMs,
      ...(options.onFloodWait === undefined ? {} : { onFloodWait: options.onFloodWait }),
    });
    // Both make the same bytes of the same packets; gramjs's own are the slower ones.
    const fastCipher = options.fastPath === false ? undefined : checkedAesIge(wasmAesIge, this.log);
    this.#decryptThread = fastCipher && new DecryptThread(fastCipher, this.log);
    if (options.expectsMedia === true) this.#decryptThread?.expect();
    const transport: Transport = {
      framing: options.fastPath === false ? 'full' : 'intermediate',
      opener: { cipher: fastCipher ?? gramjsAesIge, thread: this.#decryptThread },
    };
    const isDirect = goesDirectly(options.noProxy ?? []);
    const ownKey = options.publicKeyPem === undefined ? [] : [trustServerKey(options.publicKeyPem)];
    this.#pool = new SenderPool({
      trustedKeys: new Set([...TELEGRAM_KEYS, ...ownKey]),
      homeDcId: session?.dcId ?? addresses.firstDcId,
      ...(session === undefined ? {} : { homeAuthKey: session.authKey }),
      addressOf: (dcId) => addresses.of(dcId),
      introduction: introductionOf(this.apiId),
      initialise: async (sender) => {
        const found = await introduce(sender, this.apiId, this.#handshakeOptions());
        for (const address of found) {
          if (addresses.announce(address)) continue;
          this.log('debug', `The server names no place to go to as data centre ${address.id}: ${address.host}`);
        }
      },
      authorise: (foreign, home) => transferAuthorisation(foreign, home, this.#handshakeOptions()),
      transport,
      proxyFor: (place) => (isDirect(place) ? undefined : options.proxy),
      idleMs: options.idleConnectionMs ?? 30_000,
      connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
      log: this.log,
    });
    this.cdn = new CdnDirectory({
      fetch: () => this.#fetchCdns(),
      admit: ({ id, addresses: [first], publicKeys }) => {
        if (first !== undefined) addresses.announce(first);
        this.#pool.admitCdn(id, new Set(publicKeys.map(trustServerKey)));
      },
      nowMs: () => this.#clock.nowMs(),
    });
  }

  /** The data centre of the account. */
  get homeDcId(): number {
    return this.#pool.homeDcId;
  }

  /** The login as gramjs StringSession text. Empty before there is a key. */
  async sessionText(): Promise<string> {
    const authKey = this.#pool.homeAuthKey;
    if (authKey === undefined) return '';
    const { id: dcId, host, port } = this.#addresses.of(this.homeDcId);
    return writeSessionText({ dcId, host, port, authKey });
  }

  /**
   * Sends a request and waits for its answer; see {@link TelegramClient.call}.
   *
   * @throws {ChatferryError} as `call` does.
   */
  invoke<R extends Api.AnyRequest>(request: R, options: InvokeOptions): Promise<R['__response']> {
    return this.call(
      wireRequest(request, (reader) => (request as unknown as ReadsResult).readResult(reader) as R['__response']),
      options,
    );
  }

  /**
   * Sends a request, obeys flood waits, tries again what may succeed later, and follows the account to its data centre.
   *
   * @throws {ChatferryError} with the code that fits the server's refusal; {@link rpcErrorText} has its words.
   *   `UNREACHABLE`, `TIMEOUT` after the last retry; `FLOOD_WAIT` beyond patience.
   * @throws what `request.read` throws; the signal's reason when it aborts.
   */
  async call<Answer>(request: WireRequest<Answer>, options: InvokeOptions): Promise<Answer> {
    const { signal, dcId, lane = 'main', connection, maxRetries = this.#maxRetries } = options;
    setMaxListeners(0, signal); // One listener for each request that is under way is no leak.
    let failureCount = 0;
    let floodWaitCount = 0;
    let waitedMs = 0;
    let moveCount = 0;
    let lossCount = 0;
    for (;;) {
      await this.#flood.admit(request.method, signal);
      const target = dcId ?? this.homeDcId;
      let sender: DcSender | undefined;
      let answersBefore = 0;
      const dc = this.#pool.connections(target);
      const keyCount = dc.keyCount;
      try {
        const answer = dc.slot({ lane, connection }).run<Answer | typeof HELD_BACK>(async (opened) => {
          signal.throwIfAborted();
          sender = opened;
          answersBefore = opened.answerCount;
          // A pause may have been ordered while the connection was opened.
          if (!this.#flood.admits(request.method)) return HELD_BACK;
          return opened.call<Answer>(request, { timeoutMs: this.#requestTimeoutMs, signal });
        });
        const answered = await unlessAborted(answer, signal);
        if (answered === HELD_BACK) continue;
        return answered;
      } catch (error) {
        signal.throwIfAborted();
        this.#pool.throwIfClosed();
        const text = rpcErrorText(error);
        const floodMs = text === undefined ? undefined : orderedWaitMs(text);
        const move = text === undefined ? undefined : migrationTarget(text);
        const trouble = troubleOf(error, floodMs);
        if (trouble !== undefined) options.onTrouble?.(trouble);
        if (floodMs !== undefined) {
          this.#flood.order(request.method, floodMs);
          waitedMs += floodMs;
          floodWaitCount += 1;
          if (waitedMs > this.#maxFloodWaitMs || floodWaitCount > MOST_FLOOD_WAITS) {
            throw beyondPatience(request.method, floodMs);
          }
        } else if (move?.kind === 'account' && dcId === undefined && moveCount < 2) {
          moveCount += 1;
          this.log('debug', `The account lives in DC ${move.dcId}`);
          await this.#pool.moveHome(move.dcId);
        } else if (target !== this.homeDcId && isKeyRefused(error) && moveCount < 2) {
          // The foreign data centre has forgotten us: introduce the account there once more.
          moveCount += 1;
          if (dc.keyCount === keyCount) await dc.forgetKey(); // Or another call has done so.
        } else if (
          isChatferryError(error, 'UNREACHABLE') &&
          (sender?.answerCount ?? 0) > answersBefore &&
          lossCount < MOST_LOSSES_WITH_PROGRESS
        ) {
          lossCount += 1;
          await this.#clock.wait(FIRST_BACKOFF_MS, signal);
        } else if (isTransient(error) && failureCount < maxRetries) {
          failureCount += 1;
          const backoffMs = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failureCount - 1));
          this.log('debug', `${request.method}: ${errorMessage(error)} Trying again in ${backoffMs} ms.`);
          await this.#clock.wait(backoffMs, signal);
        } else {
          throw error instanceof RPCError ? classifyRpcError(error, request.method) : error;
        }
      }
    }
  }

  /** The connections for media to one data centre. */
  connections(dcId: number): MediaConnections {
    return this.#pool.connections(dcId);
  }

  /** Ends the login at Telegram. The session is of no use after that. */
  async logOut(signal: AbortSignal): Promise<void> {
    await this.invoke(new Api.auth.LogOut(), { signal });
  }

  /** Closes every connection; nothing keeps the process alive after that. Requests under way are rejected. */
  async close(): Promise<void> {
    await this.#pool.close();
    await this.#decryptThread?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #fetchCdns(): Promise<readonly CdnDataCentre[]> {
    const signal = this.#pool.closing;
    const [config, keys] = await Promise.all([
      this.invoke(new Api.help.GetConfig(), { signal }),
      this.invoke(new Api.help.GetCdnConfig(), { signal }),
    ]);
    return cdnDataCentres(config, keys).filter(({ id }) => id !== this.homeDcId && !this.#addresses.isTelegrams(id));
  }

  #handshakeOptions(): CallOptions {
    return { timeoutMs: this.#requestTimeoutMs, signal: this.#pool.closing };
  }

  async #connect(signal: AbortSignal): Promise<void> {
    try {
      await unlessAborted(this.#pool.connections(this.homeDcId).slot({ lane: 'main' }).sender(), signal);
    } catch (error) {
      if (error instanceof RPCError) throw classifyRpcError(error, 'help.getConfig');
      if (!isChatferryError(error, 'UNREACHABLE', 'TIMEOUT')) throw error;
      throw new ChatferryError(
        'UNREACHABLE',
        `Telegram cannot be reached. ${error.message} Check the network, a firewall, TELEGRAM_PROXY, or TELEGRAM_DC_ADDRESSES.`,
        { cause: error, retryable: true },
      );
    }
  }
}

interface ReadsResult {
  readResult(reader: BinaryReader): unknown;
}

/** What a failure says about the line. Undefined: it is about the request. */
function troubleOf(error: unknown, floodMs: number | undefined): CallTrouble | undefined {
  if (floodMs !== undefined) return { kind: 'flood-wait', waitMs: floodMs };
  if (isChatferryError(error, 'TIMEOUT')) return { kind: 'timeout' };
  if (isChatferryError(error, 'UNREACHABLE')) return { kind: 'lost' };
  return isTransient(error) ? { kind: 'server' } : undefined;
}

function isKeyRefused(error: unknown): boolean {
  return isChatferryError(error, 'LOGIN_REQUIRED') || (rpcErrorText(error)?.startsWith('AUTH_KEY_') ?? false);
}
