import { setMaxListeners } from 'node:events';

import type { ProxyAddress } from '../../../../config/sections/proxy-address.js';
import { ChatferryError } from '../../../../errors/chatferry-error.js';
import { type ConnectRequest, DcConnections } from './dc-connections.js';
import { DcSender, type DcSenderOptions } from './dc-sender.js';
import type { TelegramLog } from '../gramjs-seams.js';

/** The address of one data centre. */
export interface DcAddress {
  readonly id: number;
  readonly host: string;
  readonly port: number;
}

/** Cipher and framing of packets; see {@link DcSenderOptions}. */
export type Transport = Pick<DcSenderOptions, 'opener' | 'framing'>;

export interface SenderPoolOptions {
  /** The data centre of the account. */
  readonly homeDcId: number;
  /** The key of the account there. Without it, a new one is negotiated. */
  readonly homeAuthKey?: Buffer;
  /** @throws {ChatferryError} `USAGE` for an unknown data centre. */
  readonly addressOf: (dcId: number) => DcAddress;
  /** Prepended to the first request of a connection whose key is already authorised; see {@link DcSenderOptions}. */
  readonly introduction: Buffer;
  /** Sends `initConnection` on the first connection to a data centre, and on each `main` connection. */
  readonly initialise: (sender: DcSender) => Promise<void>;
  /** Transfers the account's authorisation to a foreign data centre, once per key. `home` is the account's sender. */
  readonly authorise: (foreign: DcSender, home: DcSender) => Promise<void>;
  /** Fingerprints of the keys with which data centres authenticate. */
  readonly trustedKeys: ReadonlySet<string>;
  readonly transport: Transport;
  /** The proxy for a connection to this address; undefined for none. */
  readonly proxyFor: (place: DcAddress) => ProxyAddress | undefined;
  /** Idle time after which a connection is closed. The main connection to the account's data centre stays open. */
  readonly idleMs: number;
  readonly connectTimeoutMs: number;
  readonly log: TelegramLog;
}

/**
 * The connections to all data centres: opened when first needed, reopened when lost, closed when idle. Each data centre
 * has one key, which is authorised for the account once.
 */
export class SenderPool {
  readonly #options: SenderPoolOptions;
  readonly #closing = new AbortController();
  readonly #dcs = new Map<number, DcConnections>();
  /** All connections that may have running calls, including those that accept no new ones. */
  readonly #open = new Set<DcSender>();
  /** Fingerprints of the keys of each CDN data centre. */
  readonly #cdnKeys = new Map<number, ReadonlySet<string>>();
  readonly #opening = new Set<Promise<DcSender>>();
  #homeDcId: number;

  constructor(options: SenderPoolOptions) {
    this.#options = options;
    this.#homeDcId = options.homeDcId;
    setMaxListeners(0, this.#closing.signal);
  }

  get homeDcId(): number {
    return this.#homeDcId;
  }

  /** The account's key. Undefined before the first connection. */
  get homeAuthKey(): Buffer | undefined {
    return this.connections(this.#homeDcId).authKey;
  }

  /** Aborts when the pool closes. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** The connections to one data centre. Does not open any. */
  connections(dcId: number): DcConnections {
    const known = this.#dcs.get(dcId);
    if (known !== undefined) return known;
    const isHome = dcId === this.#homeDcId;
    const made = new DcConnections({
      dcId,
      authKey: dcId === this.#options.homeDcId ? this.#options.homeAuthKey : undefined,
      connect: (request) => this.#connect(dcId, request),
      authorise: (first) => this.#authorise(first),
      idleMs: this.#options.idleMs,
      keepsMain: isHome,
    });
    this.#dcs.set(dcId, made);
    return made;
  }

  /** Registers a CDN data centre, which has its own keys and never receives the account's authorisation. */
  admitCdn(dcId: number, fingerprints: ReadonlySet<string>): void {
    this.#cdnKeys.set(dcId, fingerprints);
  }

  /** Changes the account's data centre, with a new key. Only valid before a login. */
  async moveHome(dcId: number): Promise<void> {
    const former = this.connections(this.#homeDcId);
    this.#homeDcId = dcId;
    await former.forgetKey();
    await this.connections(dcId).forgetKey();
  }

  /** Closes all connections and rejects running calls. */
  async close(): Promise<void> {
    this.#closing.abort(closedError());
    await Promise.allSettled(this.#opening);
    await Promise.all([...this.#dcs.values()].map((dc) => dc.close()));
    await Promise.all([...this.#open].map((sender) => sender.close()));
    this.#open.clear();
  }

  /** @throws {ChatferryError} `INTERRUPTED`. */
  throwIfClosed(): void {
    if (this.#closing.signal.aborted) throw closedError();
  }

  async #connect(dcId: number, request: ConnectRequest): Promise<DcSender> {
    this.throwIfClosed();
    const opening = this.#openSender(dcId, request);
    this.#opening.add(opening);
    try {
      return await opening;
    } finally {
      this.#opening.delete(opening);
    }
  }

  async #openSender(dcId: number, { authKey, salt, isForAnyRequest }: ConnectRequest): Promise<DcSender> {
    const { addressOf, initialise, introduction, transport, proxyFor, connectTimeoutMs, trustedKeys, log } =
      this.#options;
    const cdnKeys = this.#cdnKeys.get(dcId);
    const place = addressOf(dcId);
    const { host, port } = place;
    const isCdn = cdnKeys !== undefined;
    // The introduction is sent with the first request, because a separate request would cost a round trip.
    const introducesLater = isForAnyRequest && !isCdn;
    const sender = await DcSender.open({
      dcId,
      host,
      port,
      ...(authKey === undefined ? {} : { authKey }),
      ...(salt === undefined ? {} : { salt }),
      ...(introducesLater ? { introduction } : {}),
      ...transport,
      trustsKey: (fingerprint) => (cdnKeys ?? trustedKeys).has(fingerprint),
      connectTimeoutMs,
      proxy: proxyFor(place),
      log,
      signal: this.#closing.signal,
    });
    for (const other of this.#open) if (!other.isUsable && other.callCount === 0) this.#open.delete(other);
    this.#open.add(sender);
    try {
      this.throwIfClosed();
      if (!isCdn && !introducesLater) await initialise(sender);
      log('debug', `Connected to DC ${dcId} at ${host}:${port}`);
      return sender;
    } catch (error) {
      await sender.close();
      this.#open.delete(sender);
      throw error;
    }
  }

  async #authorise(first: DcSender): Promise<void> {
    if (first.dcId === this.#homeDcId || this.#cdnKeys.has(first.dcId)) return;
    const home = this.connections(this.#homeDcId).slot({ lane: 'main' });
    await home.run((sender) => this.#options.authorise(first, sender));
  }
}

function closedError(): ChatferryError {
  return new ChatferryError('INTERRUPTED', 'The connection to Telegram was closed by this program.');
}
