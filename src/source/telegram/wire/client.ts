import { setMaxListeners } from 'node:events';

import { Api } from 'telegram';
import { RPCError } from 'telegram/errors/index.js';

import type { ProxyAddress } from '../../../config/sections/proxy-address.js';
import { ChatferryError, isChatferryError } from '../../../errors/chatferry-error.js';
import { admitByFloodControl } from './calls/admit-by-flood-control.js';
import { backOff } from './calls/back-off.js';
import { followMigrations } from './calls/follow-migrations.js';
import { reportTrouble } from './calls/report-trouble.js';
import { retryLostConnections } from './calls/retry-lost-connections.js';
import { sendOnce } from './calls/send-once.js';
import { checkedAesIge, gramjsAesIge, wasmAesIge } from './packets/aes-ige.js';
import { CdnDirectory, type CdnDataCentre, cdnDataCentres } from './connections/cdn-directory.js';
import { DcAddresses } from './dc-addresses.js';
import { DecryptThread } from './packets/decrypt-thread.js';
import type { CallOptions } from './connections/dc-sender.js';
import { FloodControl, type FloodWait } from './flood-control.js';
import { readResult, TELEGRAM_KEYS, type TelegramLog, trustServerKey, verifyGramjs } from './gramjs-seams.js';
import { introduce, introductionOf, transferAuthorisation } from './introduction.js';
import type { CallTrouble, Lane, MediaConnections } from './connections/media-connections.js';
import { type MonotonicClock, systemClock } from './monotonic-clock.js';
import { goesDirectly } from './proxy/no-proxy.js';
import { classifyRpcError } from './rpc-errors.js';
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
  /** Addresses of all data centres of a server that is not Telegram's. */
  readonly dcAddresses?: readonly DcAddress[];
  /** The RSA key of that server. */
  readonly publicKeyPem?: string;
  /** Whether to use our own cipher and framing, which are faster than gramjs's. @defaultValue true */
  readonly fastPath?: boolean;
  /** Whether media will be fetched: then the decrypt thread starts at once. @defaultValue false */
  readonly expectsMedia?: boolean;
  /** The proxy of every connection. @defaultValue none */
  readonly proxy?: ProxyAddress;
  /** Hosts that are reached without the proxy; see `goesDirectly`. */
  readonly noProxy?: readonly string[];
  /** Time after which an unanswered request is retried. */
  readonly requestTimeoutMs: number;
  /** @defaultValue 10,000 */
  readonly connectTimeoutMs?: number;
  /** Idle time after which a connection for media is closed. @defaultValue 30,000 */
  readonly idleConnectionMs?: number;
  /** Retries of a request after a lost connection, a timeout or a server error. @defaultValue 6 */
  readonly maxRetries?: number;
  /** Longest accepted flood wait, and longest total of flood waits for one request. */
  readonly maxFloodWaitMs: number;
  readonly onFloodWait?: (wait: FloodWait) => void;
  readonly log?: TelegramLog;
  /** @defaultValue the clock of this machine */
  readonly clock?: MonotonicClock;
  /** Aborts opening the client. */
  readonly signal: AbortSignal;
}

export interface InvokeOptions {
  readonly signal: AbortSignal;
  /** @defaultValue the data centre of the account */
  readonly dcId?: number;
  /** @defaultValue `main` */
  readonly lane?: Lane;
  /** Index of the media connection to use, modulo their number. @defaultValue the connection with the fewest calls */
  readonly connection?: number;
  /** @defaultValue that of the client */
  readonly maxRetries?: number;
  /** Called with each failed attempt that is related to the connection, before the call is retried or fails. */
  readonly onTrouble?: (trouble: CallTrouble) => void;
}

export { wireRequest };

/** The client of one account: sends requests and returns answers; handles pauses, migrations and lost connections. */
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
      const message = `TELEGRAM_API_ID and TELEGRAM_API_HASH are required, got ${options.apiId} and ${options.apiHash === '' ? 'nothing' : 'a hash'}.`;
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
    this.#requestTimeoutMs = options.requestTimeoutMs;
    this.#maxRetries = options.maxRetries ?? 6;
    this.#maxFloodWaitMs = options.maxFloodWaitMs;
    this.#addresses = addresses;
    this.#flood = new FloodControl({
      clock: this.#clock,
      maxFloodWaitMs: this.#maxFloodWaitMs,
      ...(options.onFloodWait === undefined ? {} : { onFloodWait: options.onFloodWait }),
    });
    // Both ciphers have the same results; the one of gramjs is slower.
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
          this.log(
            'debug',
            `Ignored the address that the server announced for data centre ${address.id}: ${address.host}`,
          );
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
      wireRequest(request, (reader) => readResult(request, reader)),
      options,
    );
  }

  /**
   * Sends a request and returns its answer. Obeys flood waits, retries temporary failures, and follows the account to
   * its data centre.
   *
   * @throws {ChatferryError} with the code for the server's refusal; `rpcErrorText` returns its text. `UNREACHABLE`,
   *   `TIMEOUT` after the last retry; `FLOOD_WAIT` longer than configured.
   * @throws what `request.read` throws; the signal's reason when it aborts.
   */
  async call<Answer>(request: WireRequest<Answer>, options: InvokeOptions): Promise<Answer> {
    const { signal, dcId, lane = 'main', connection, maxRetries = this.#maxRetries, onTrouble } = options;
    setMaxListeners(0, signal); // There is one listener for each running request. That is not a leak.
    const { method } = request;
    const clock = this.#clock;
    // From the inside out: a failure is handled by the first step that can do something about it.
    const sent = sendOnce(request, {
      pool: this.#pool,
      dcId,
      lane,
      connection,
      timeoutMs: this.#requestTimeoutMs,
      mayBeSent: () => this.#flood.admits(method),
      signal,
    });
    const reported = onTrouble === undefined ? sent : reportTrouble(sent, onTrouble);
    const maxFloodWaitMs = this.#maxFloodWaitMs;
    const admitted = admitByFloodControl(reported, { flood: this.#flood, method, maxFloodWaitMs, signal });
    const followed = followMigrations(admitted, {
      followsAccount: dcId === undefined,
      moveHome: (to) => this.#moveHome(to),
    });
    const kept = retryLostConnections(followed, { clock, signal });
    const onRetry = (text: string): void => this.log('debug', `${method}: ${text}`);
    const outcome = await backOff(kept, { clock, maxRetries, onRetry, signal })();
    if (outcome.kind === 'answered') return outcome.answer;
    const { error } = outcome.failure;
    throw error instanceof RPCError ? classifyRpcError(error, method) : error;
  }

  /** The connections for media to one data centre. */
  connections(dcId: number): MediaConnections {
    return this.#pool.connections(dcId);
  }

  /** Ends the login at Telegram. The session is invalid after that. */
  async logOut(signal: AbortSignal): Promise<void> {
    await this.invoke(new Api.auth.LogOut(), { signal });
  }

  /** Closes all connections and rejects running requests. Nothing keeps the process alive after that. */
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

  async #moveHome(dcId: number): Promise<void> {
    this.log('debug', `The account's data centre is DC ${dcId}`);
    await this.#pool.moveHome(dcId);
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
