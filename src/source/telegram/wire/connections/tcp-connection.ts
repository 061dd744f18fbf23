import { connect, type Socket } from 'node:net';

import { type ProxyAddress, proxyText } from '../../../../config/sections/proxy-address.js';
import { ChatferryError, errorMessage } from '../../../../errors/chatferry-error.js';
import type { SenderConnection } from '../gramjs-seams.js';
import { PacketAssembler } from '../packets/packet-assembler.js';
import { openTunnel } from '../proxy/tunnel.js';
import { partMemory } from '../../../../memory/part-memory.js';

export interface TcpConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly connectTimeoutMs: number;
  /** Aborts connecting. */
  readonly signal: AbortSignal;
  /** The proxy to use. Undefined connects directly. */
  readonly proxy?: ProxyAddress | undefined;
}

// The intermediate transport: this tag once, then packets with a length prefix
// (https://core.telegram.org/mtproto/mtproto-transports#intermediate). It has no checksum, which gramjs would compute
// in JavaScript.
const INTERMEDIATE_TAG = Buffer.from([0xee, 0xee, 0xee, 0xee]);
const LENGTH_BYTES = 4;
// Each connection reads into one reused buffer instead of allocating one for each read.
const READ_BYTES = 256 * 1024;
// Maximum number of received bytes that are not read yet: two packets of the largest size. Beyond it, reading pauses.
const MAX_WAITING_BYTES = 32 * 1024 * 1024;

/** One TCP connection to a data centre that sends and receives packets, for gramjs's sender. It does not reconnect. */
export class TcpConnection implements SenderConnection {
  readonly #options: TcpConnectionOptions;
  #socket: Socket | undefined;
  #connected = false;
  readonly #assembler: PacketAssembler;
  readonly #packets: Buffer[] = [];
  #waitingBytes = 0;
  #isPaused = false;
  #handedOut: Buffer | undefined;
  #reader: { resolve: (packet: Buffer) => void; reject: (error: Error) => void } | undefined;
  #closeError: Error | undefined;

  constructor(options: TcpConnectionOptions) {
    this.#options = options;
    this.#assembler = new PacketAssembler((packet) => {
      this.#deliver(packet);
    });
  }

  isConnected(): boolean {
    return this.#connected;
  }

  /** @throws {ChatferryError} `UNREACHABLE`; the signal's reason when it aborts. */
  async connect(): Promise<void> {
    const { proxy } = this.#options;
    const socket = proxy === undefined ? await this.#connectDirectly() : await this.#connectThrough(proxy);
    if (this.#closeError !== undefined) {
      socket.destroy(); // The connection was closed while it was being opened.
      throw this.#closeError;
    }
    this.#connected = true;
    socket.on('error', (error) => {
      this.#end(error);
    });
    socket.on('close', () => {
      this.#end(new Error('the server closed the connection'));
    });
    socket.write(INTERMEDIATE_TAG);
  }

  async #connectThrough(proxy: ProxyAddress): Promise<Socket> {
    const socket = await openTunnel(proxy, this.#options);
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#receive(chunk);
      if (this.#pausesNow()) socket.pause();
    });
    return socket;
  }

  async #connectDirectly(): Promise<Socket> {
    const { host, port, connectTimeoutMs, signal } = this.#options;
    signal.throwIfAborted();
    const onread = {
      buffer: Buffer.allocUnsafeSlow(READ_BYTES),
      callback: (byteCount: number, buffer: Uint8Array): boolean => {
        this.#receive(Buffer.from(buffer.buffer, buffer.byteOffset, byteCount));
        return !this.#pausesNow();
      },
    };
    const socket = connect({ host, port, noDelay: true, onread });
    this.#socket = socket;
    try {
      await new Promise<void>((resolve, reject) => {
        const timeout = setTimeout(() => {
          reject(new Error(`no answer within ${connectTimeoutMs} ms`));
        }, connectTimeoutMs);
        const abort = (): void => {
          reject(signal.reason as Error);
        };
        signal.addEventListener('abort', abort, { once: true });
        const settled = (): void => {
          clearTimeout(timeout);
          signal.removeEventListener('abort', abort);
        };
        socket.once('connect', () => {
          settled();
          resolve();
        });
        socket.once('error', reject);
        socket.once('close', settled);
      });
    } catch (cause) {
      socket.destroy();
      signal.throwIfAborted();
      throw new ChatferryError('UNREACHABLE', `No connection to ${this.toString()}: ${errorMessage(cause)}.`, {
        cause,
        retryable: true,
      });
    }
    return socket;
  }

  disconnect(): Promise<void> {
    this.#end(new Error('disconnected'));
    return Promise.resolve();
  }

  send(data: Buffer): Promise<void> {
    if (!this.#connected || this.#socket === undefined) return Promise.reject(this.#closeError ?? new Error('closed'));
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(data.length);
    this.#socket.write(Buffer.concat([length, data]));
    return Promise.resolve();
  }

  /** The next packet. Only one caller may wait at a time. The previous packet must not be used any more. */
  recv(): Promise<Buffer> {
    // Does nothing if the memory was transferred to the decrypt thread.
    if (this.#handedOut !== undefined) partMemory.release(this.#handedOut);
    this.#handedOut = this.#packets.shift();
    if (this.#handedOut !== undefined) {
      this.#waitingBytes -= this.#handedOut.length;
      if (this.#isPaused && this.#waitingBytes < MAX_WAITING_BYTES / 2) this.#resume();
      return Promise.resolve(this.#handedOut);
    }
    if (!this.#connected) return Promise.reject(this.#closeError ?? new Error('closed'));
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }

  toString(): string {
    const { host, port, proxy } = this.#options;
    return `${host}:${port}${proxy === undefined ? '' : ` through ${proxyText(proxy)}`}`;
  }

  #receive(chunk: Buffer): void {
    try {
      this.#assembler.take(chunk);
    } catch (error) {
      this.#end(error as Error);
    }
  }

  #pausesNow(): boolean {
    this.#isPaused = this.#waitingBytes > MAX_WAITING_BYTES;
    return this.#isPaused;
  }

  #resume(): void {
    this.#isPaused = false;
    this.#socket?.resume();
  }

  #deliver(packet: Buffer): void {
    const reader = this.#reader;
    this.#reader = undefined;
    if (reader === undefined) {
      this.#packets.push(packet);
      this.#waitingBytes += packet.length;
    } else {
      this.#handedOut = packet;
      reader.resolve(packet);
    }
  }

  #end(error: Error): void {
    if (this.#closeError !== undefined) return;
    this.#closeError = error;
    this.#connected = false;
    this.#socket?.destroy();
    this.#reader?.reject(error);
    this.#reader = undefined;
  }
}
