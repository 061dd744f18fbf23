import { PromisedNetSockets } from 'telegram/extensions/index.js';
import { ConnectionTCPFull } from 'telegram/network/index.js';

import { ChatferryError, errorMessage } from '../../errors/chatferry-error.js';
import { gramjsLogger, type SenderConnection, type TelegramLog } from './gramjs-seams.js';
import type { TcpConnectionOptions } from './tcp-connection.js';

export interface GramjsConnectionOptions extends TcpConnectionOptions {
  readonly dcId: number;
  readonly log: TelegramLog;
}

/**
 * gramjs's own connection with full framing, for who wants nothing of ours on the line. All that is added is an end to
 * waiting for a connection. Used once, as ours.
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
      socket: PromisedNetSockets,
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
    connecting.catch(() => undefined); // It may lose the race.
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
    await this.#connection.socket.close(); // gramjs leaves a socket alone that is still connecting.
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
