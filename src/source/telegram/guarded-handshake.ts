import { ChatferryError } from '../../errors/chatferry-error.js';
import type { SenderConnection } from './gramjs-seams.js';

/** Whether a server may prove itself with the key of this fingerprint (signed decimal). */
export type TrustsKey = (fingerprint: string) => boolean;

// https://core.telegram.org/mtproto/auth_key: req_DH_params names the key by which the client knows the server. It stands
// in a plain message behind key id, message id and length, after two nonces and the factors as TL strings.
const REQ_DH_PARAMS = 0xd712e4be;
const BODY_OFFSET = 8 + 8 + 4;
const FACTORS_OFFSET = BODY_OFFSET + 4 + 16 + 16;

/**
 * A connection for one key exchange that refuses a server whose key is another server's. gramjs keeps one list of keys
 * for all; the key of a CDN data centre must not be good for any other (https://core.telegram.org/cdn).
 */
export class GuardedHandshake implements SenderConnection {
  readonly #connection: SenderConnection;
  readonly #trusts: TrustsKey;

  constructor(connection: SenderConnection, trusts: TrustsKey) {
    this.#connection = connection;
    this.#trusts = trusts;
  }

  isConnected(): boolean {
    return this.#connection.isConnected();
  }

  connect(): Promise<void> {
    return this.#connection.connect();
  }

  disconnect(): Promise<void> {
    return this.#connection.disconnect();
  }

  /** @throws {ChatferryError} `UNREACHABLE` when the exchange goes on with a key that is not this server's. */
  async send(data: Buffer): Promise<void> {
    const fingerprint = fingerprintIn(data);
    if (fingerprint !== undefined && !this.#trusts(fingerprint)) {
      throw new ChatferryError(
        'UNREACHABLE',
        `The server at ${this.toString()} proves itself with a key of another server. Somebody else may have answered; try again on another network.`,
        { retryable: true },
      );
    }
    await this.#connection.send(data);
  }

  recv(): Promise<Buffer> {
    return this.#connection.recv();
  }

  toString(): string {
    return this.#connection.toString();
  }
}

/** The key that a packet goes on with, when it is that step of the exchange. */
function fingerprintIn(packet: Buffer): string | undefined {
  if (packet.length < FACTORS_OFFSET || packet.readBigInt64LE(0) !== 0n) return undefined;
  if (packet.readUInt32LE(BODY_OFFSET) !== REQ_DH_PARAMS) return undefined;
  const afterFirst = FACTORS_OFFSET + stringBytes(packet, FACTORS_OFFSET);
  return packet.readBigInt64LE(afterFirst + stringBytes(packet, afterFirst)).toString();
}

/** How much a short TL string takes, padding included. */
function stringBytes(packet: Buffer, offset: number): number {
  return Math.ceil((1 + packet.readUInt8(offset)) / 4) * 4;
}
