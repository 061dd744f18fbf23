import { connect, type Socket } from 'node:net';

import { ChatferryError, errorMessage } from '../../errors/chatferry-error.js';
import type { SenderConnection } from './gramjs-seams.js';

export interface TcpConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly connectTimeoutMs: number;
  /** Ends an attempt to connect. */
  readonly signal: AbortSignal;
}

// The intermediate transport: this tag once, then packets behind their length
// (https://core.telegram.org/mtproto/mtproto-transports#intermediate). It needs no checksum, which gramjs computes in
// JavaScript, and each packet is copied once.
const INTERMEDIATE_TAG = Buffer.from([0xee, 0xee, 0xee, 0xee]);
const LENGTH_BYTES = 4;
// Telegram's answers stay below 2 MB; a length beyond is noise, and would only make us wait for ever.
const LARGEST_PACKET_BYTES = 16 * 1024 * 1024;

/** One TCP connection to a data centre, in whole packets, for gramjs's sender. Used once: it does not reconnect. */
export class TcpConnection implements SenderConnection {
  readonly #options: TcpConnectionOptions;
  #socket: Socket | undefined;
  #connected = false;
  #chunks: Buffer[] = [];
  #byteCount = 0;
  readonly #packets: Buffer[] = [];
  #reader: { resolve: (packet: Buffer) => void; reject: (error: Error) => void } | undefined;
  #closeError: Error | undefined;

  constructor(options: TcpConnectionOptions) {
    this.#options = options;
  }

  isConnected(): boolean {
    return this.#connected;
  }

  /** @throws {ChatferryError} `UNREACHABLE`; the signal's reason when it aborts. */
  async connect(): Promise<void> {
    const { host, port, connectTimeoutMs, signal } = this.#options;
    signal.throwIfAborted();
    const socket = connect({ host, port, noDelay: true });
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
    this.#connected = true;
    socket.on('data', (chunk: Buffer) => {
      this.#receive(chunk);
    });
    socket.on('error', (error) => {
      this.#end(error);
    });
    socket.on('close', () => {
      this.#end(new Error('the server closed the connection'));
    });
    socket.write(INTERMEDIATE_TAG);
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

  /** The next packet. Only one caller may wait at a time. */
  recv(): Promise<Buffer> {
    const packet = this.#packets.shift();
    if (packet !== undefined) return Promise.resolve(packet);
    if (!this.#connected) return Promise.reject(this.#closeError ?? new Error('closed'));
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }

  toString(): string {
    return `${this.#options.host}:${this.#options.port}`;
  }

  #receive(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#byteCount += chunk.length;
    for (;;) {
      if (this.#byteCount < LENGTH_BYTES) return;
      const length = this.#head(LENGTH_BYTES).readUInt32LE(0);
      if (length > LARGEST_PACKET_BYTES) {
        this.#end(new Error(`a packet of ${length} bytes was announced`));
        return;
      }
      if (this.#byteCount < LENGTH_BYTES + length) return;
      const whole = this.#head(LENGTH_BYTES + length);
      this.#consume(LENGTH_BYTES + length);
      this.#deliver(whole.subarray(LENGTH_BYTES));
    }
  }

  /** The first bytes in one piece. Chunks are joined once a packet is whole, not each time one arrives. */
  #head(byteCount: number): Buffer {
    const first = this.#chunks[0];
    if (first !== undefined && first.length >= byteCount) return first.subarray(0, byteCount);
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined.subarray(0, byteCount);
  }

  #consume(byteCount: number): void {
    const first = this.#chunks[0];
    this.#byteCount -= byteCount;
    if (first === undefined) return;
    if (first.length === byteCount) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(byteCount);
  }

  #deliver(packet: Buffer): void {
    const reader = this.#reader;
    this.#reader = undefined;
    if (reader === undefined) this.#packets.push(packet);
    else reader.resolve(packet);
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
