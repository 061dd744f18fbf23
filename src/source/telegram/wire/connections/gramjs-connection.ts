import { PromisedNetSockets } from 'telegram/extensions/index.js';
import { ConnectionTCPFull } from 'telegram/network/index.js';

import { ChatferryError, errorMessage } from '../../../../errors/chatferry-error.js';
import {
  gramjsLogger,
  type SenderConnection,
  type SocketInternals,
  socketInternals,
  type TelegramLog,
} from '../gramjs-seams.js';
import type { TcpConnectionOptions } from './tcp-connection.js';

export interface GramjsConnectionOptions extends TcpConnectionOptions {
  readonly dcId: number;
  readonly log: TelegramLog;
}

/** The same limit as in our own framing. */
const MAX_PACKET_BYTES = 16 * 1024 * 1024;
/** The checksum of an empty packet. */
const MIN_READ_BYTES = 4;
/** Maximum number of received bytes that are not read yet. */
const MAX_WAITING_BYTES = 2 * MAX_PACKET_BYTES;

/**
 * The socket of gramjs with limits. gramjs waits for as many bytes as the server announces (forever if the number is
 * negative) and buffers everything that arrives meanwhile.
 */
class BoundedSockets extends PromisedNetSockets {
  /** gramjs calls this with the length of a header, and then with the length that the header announces. */
  override async readExactly(byteCount: number): Promise<Buffer> {
    if (byteCount < MIN_READ_BYTES || byteCount > MAX_PACKET_BYTES) {
      throw new Error(`a packet of ${byteCount} bytes was announced`);
    }
    return super.readExactly(byteCount);
  }

  override async receive(): Promise<void> {
    await super.receive();
    const { client } = this.#internals;
    client?.on('data', () => {
      if (this.#waitingBytes > MAX_WAITING_BYTES) client.pause();
    });
  }

  override async read(byteCount: number): Promise<Buffer> {
    const bytes: Buffer = await super.read(byteCount);
    const { client } = this.#internals;
    if (client?.isPaused() === true && this.#waitingBytes < MAX_PACKET_BYTES) client.resume();
    return bytes;
  }

  get #waitingBytes(): number {
    return this.#internals.stream.length;
  }

  get #internals(): SocketInternals {
    return socketInternals(this);
  }
}

/**
 * The connection of gramjs with full framing, for users who do not want our framing (`TELEGRAM_FAST_PATH=false`). Only
 * limits and a timeout are added. Like ours, it is used once and does not reconnect.
 */
export class GramjsConnection implements SenderConnection {
  readonly #options: GramjsConnectionOptions;
  readonly #connection: ConnectionTCPFull;

  constructor(options: GramjsConnectionOptions) {
    this.#options = options;
    this.#connection = new ConnectionTCPFull({
      ip: options.host,
      port: options.port,
      dcId: options.dcId,
      loggers: gramjsLogger(options.log) as never,
      socket: BoundedSockets,
      testServers: false,
    });
  }

  isConnected(): boolean {
    return this.#connection.isConnected();
  }

  /** @throws {ChatferryError} `UNREACHABLE`; the signal's reason when it aborts. */
  async connect(): Promise<void> {
    const { connectTimeoutMs, signal } = this.#options;
    signal.throwIfAborted();
    const connecting = this.#connection.connect();
    connecting.catch(() => undefined); // It may lose the race and fail later.
    let leave: (error: Error) => void = () => undefined;
    const ended = new Promise<never>((_, reject) => {
      leave = reject;
    });
    const timeout = setTimeout(() => {
      leave(new Error(`no answer within ${connectTimeoutMs} ms`));
    }, connectTimeoutMs);
    const abort = (): void => {
      leave(signal.reason as Error);
    };
    signal.addEventListener('abort', abort, { once: true });
    try {
      await Promise.race([connecting, ended]);
    } catch (cause) {
      await this.disconnect();
      signal.throwIfAborted();
      throw new ChatferryError('UNREACHABLE', `No connection to ${this.toString()}: ${errorMessage(cause)}.`, {
        cause,
        retryable: true,
      });
    } finally {
      clearTimeout(timeout);
      signal.removeEventListener('abort', abort);
    }
  }

  async disconnect(): Promise<void> {
    await this.#connection.disconnect();
    await this.#connection.socket.close(); // gramjs does not close a socket that is still connecting.
  }

  send(data: Buffer): Promise<void> {
    return this.#connection.send(data);
  }

  async recv(): Promise<Buffer> {
    const packet: unknown = await this.#connection.recv();
    return packet as Buffer;
  }

  toString(): string {
    return `${this.#options.host}:${this.#options.port}`;
  }
}
