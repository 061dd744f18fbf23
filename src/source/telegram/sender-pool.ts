import { setMaxListeners } from 'node:events';

import { ChatferryError } from '../../errors/chatferry-error.js';
import { DcSender, type DcSenderOptions } from './dc-sender.js';
import type { TelegramLog } from './gramjs-seams.js';

/** Where one data centre listens. */
export interface DcAddress {
  readonly id: number;
  readonly host: string;
  readonly port: number;
}

/** How packets are made; see {@link DcSenderOptions}. */
export type Transport = Pick<DcSenderOptions, 'cipher' | 'framing'>;

export interface SenderPoolOptions {
  /** The data centre of the account. */
  readonly homeDcId: number;
  /** The key of the account there; without it one is negotiated. */
  readonly homeAuthKey?: Buffer;
  /** @throws {ChatferryError} `USAGE` for a data centre that nobody knows. */
  readonly addressOf: (dcId: number) => DcAddress;
  /** Introduces this client on a fresh connection. */
  readonly initialise: (sender: DcSender) => Promise<void>;
  /** Makes the account known at a foreign data centre, once per key. `home` is the sender of the account. */
  readonly authorise: (foreign: DcSender, home: DcSender) => Promise<void>;
  readonly transport: Transport;
  readonly connectTimeoutMs: number;
  readonly log: TelegramLog;
}

/** One connection to each data centre that is needed, opened when it is first needed and again when it was lost. */
export class SenderPool {
  readonly #options: SenderPoolOptions;
  readonly #closing = new AbortController();
  readonly #senders = new Map<number, Promise<DcSender>>();
  readonly #open = new Set<DcSender>();
  readonly #keys = new Map<number, Buffer>();
  readonly #authorised = new Set<number>();
  #homeDcId: number;

  constructor(options: SenderPoolOptions) {
    this.#options = options;
    this.#homeDcId = options.homeDcId;
    if (options.homeAuthKey !== undefined) this.#keys.set(options.homeDcId, options.homeAuthKey);
    setMaxListeners(0, this.#closing.signal);
  }

  get homeDcId(): number {
    return this.#homeDcId;
  }

  /** The account's key, once there is a connection. */
  get homeAuthKey(): Buffer | undefined {
    return this.#keys.get(this.#homeDcId);
  }

  /** Aborts when the pool closes. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /**
   * A sender that takes calls. Callers that ask at the same time get the same.
   *
   * @throws {ChatferryError} `UNREACHABLE`, `USAGE`, or what `initialise` and `authorise` throw.
   */
  async sender(dcId: number): Promise<DcSender> {
    this.#throwIfClosed();
    const known = this.#senders.get(dcId);
    if (known !== undefined) {
      const sender = await known;
      if (sender.isUsable) return sender;
      // Another caller may have replaced it while this one waited.
      if (this.#senders.get(dcId) === known) this.#senders.delete(dcId);
      return this.sender(dcId);
    }
    const opening = this.#openSender(dcId);
    this.#senders.set(dcId, opening);
    opening.catch(() => {
      if (this.#senders.get(dcId) === opening) this.#senders.delete(dcId);
    });
    return opening;
  }

  /** Makes another data centre the home of the account, with a fresh key: before a login only. */
  async moveHome(dcId: number): Promise<void> {
    const formerDcId = this.#homeDcId;
    this.#homeDcId = dcId;
    await this.forgetKey(formerDcId);
    await this.forgetKey(dcId);
  }

  /**
   * Drops the connection and the key of a data centre, so that the next call negotiates anew.
   *
   * @param refused - Whose key was refused. When another has taken its place meanwhile, that one stays: several calls
   *   that are refused at once need one new key.
   */
  async forgetKey(dcId: number, refused?: DcSender): Promise<void> {
    if (refused !== undefined && this.#keys.get(dcId)?.equals(refused.authKey) !== true) return;
    const sender = this.#senders.get(dcId);
    this.#senders.delete(dcId);
    this.#keys.delete(dcId);
    this.#authorised.delete(dcId);
    await sender?.then(
      (opened) => opened.close(),
      () => undefined,
    );
  }

  /** Closes every connection. Calls that are under way are rejected. */
  async close(): Promise<void> {
    this.#closing.abort(closedError());
    await Promise.allSettled(this.#senders.values()); // Those that are just opening.
    await Promise.all([...this.#open].map((sender) => sender.close()));
    this.#open.clear();
    this.#senders.clear();
  }

  async #openSender(dcId: number): Promise<DcSender> {
    const { addressOf, initialise, authorise, transport, connectTimeoutMs, log } = this.#options;
    const { host, port } = addressOf(dcId);
    const authKey = this.#keys.get(dcId);
    const sender = await DcSender.open({
      dcId,
      host,
      port,
      ...(authKey === undefined ? {} : { authKey }),
      ...transport,
      connectTimeoutMs,
      log,
      signal: this.#closing.signal,
    });
    for (const other of this.#open) if (!other.isUsable && other.callCount === 0) this.#open.delete(other);
    this.#open.add(sender);
    try {
      this.#throwIfClosed();
      await initialise(sender);
      if (dcId !== this.#homeDcId && !this.#authorised.has(dcId)) {
        await authorise(sender, await this.sender(this.#homeDcId));
        this.#authorised.add(dcId);
      }
      this.#keys.set(dcId, sender.authKey);
      log('debug', `Connected to DC ${dcId} at ${host}:${port}`);
      return sender;
    } catch (error) {
      await sender.close();
      this.#open.delete(sender);
      throw error;
    }
  }

  #throwIfClosed(): void {
    if (this.#closing.signal.aborted) throw closedError();
  }
}

function closedError(): ChatferryError {
  return new ChatferryError('INTERRUPTED', 'The connection to Telegram was closed by this program.');
}
