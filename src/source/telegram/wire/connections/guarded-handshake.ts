import { checkPrimeSync } from 'node:crypto';

import { ChatferryError } from '../../../../errors/chatferry-error.js';
import type { SenderConnection } from '../gramjs-seams.js';

/** Whether a server may authenticate with the key of this fingerprint (signed decimal). */
export type TrustsKey = (fingerprint: string) => boolean;

// https://core.telegram.org/mtproto/auth_key: req_DH_params contains the fingerprint of the server's key. It is a plain
// message: key id, message id and length come before the body. In the body, two nonces and the factors as TL strings
// come before the fingerprint.
const REQ_DH_PARAMS = 0xd712e4be;
const RES_PQ = 0x05162463;
const BODY_OFFSET = 8 + 8 + 4;
const FACTORS_OFFSET = BODY_OFFSET + 4 + 16 + 16;
/** The longest answer of the exchange, server_DH_params_ok with a prime of 2048 bits, has 652 bytes. */
const MAX_ANSWER_BYTES = 1024;
/**
 * "pq is a representation of a natural number that is the product of two different odd prime numbers. Normally, pq is
 * less than or equal to 2^63-1."
 */
const MAX_PQ_BYTES = 8;
const MIN_PQ = 1n << 32n;

/**
 * A connection for one key exchange that rejects a server with the key of another server. gramjs has one list of keys
 * for all servers, but the key of a CDN data centre must not be accepted from any other
 * (https://core.telegram.org/cdn).
 *
 * It also rejects numbers that gramjs would try to factorise for hours, while it blocks the process: a prime, or a
 * number of hundreds of digits.
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

  /** @throws {ChatferryError} `UNREACHABLE` if the exchange uses a key that does not belong to this server. */
  async send(data: Buffer): Promise<void> {
    const fingerprint = fingerprintIn(data);
    if (fingerprint !== undefined && !this.#trusts(fingerprint)) {
      throw new ChatferryError(
        'UNREACHABLE',
        `The server at ${this.toString()} authenticates with the key of another server. It may be an impostor. Try again on another network.`,
        { retryable: true },
      );
    }
    await this.#connection.send(data);
  }

  /** @throws {ChatferryError} `UNREACHABLE` for an answer that is not part of a valid key exchange. */
  async recv(): Promise<Buffer> {
    const packet = await this.#connection.recv();
    // The first packet after the exchange may arrive here as well. It is encrypted.
    if (!isPlain(packet)) return packet;
    if (packet.length <= MAX_ANSWER_BYTES && (!isProduct(packet) || isFactorable(packet))) return packet;
    const message = `The server at ${this.toString()} does not follow Telegram's key exchange.`;
    throw new ChatferryError('UNREACHABLE', `${message} Check TELEGRAM_DC_ADDRESSES and TELEGRAM_PROXY.`, {
      retryable: true,
    });
  }

  toString(): string {
    return this.#connection.toString();
  }
}

function isPlain(packet: Buffer): boolean {
  return packet.length >= 8 && packet.readBigInt64LE(0) === 0n;
}

/** Whether a packet of the server is resPQ, the first step, which asks for the factors of a number. */
function isProduct(packet: Buffer): boolean {
  return packet.length > FACTORS_OFFSET && packet.readUInt32LE(BODY_OFFSET) === RES_PQ;
}

function isFactorable(packet: Buffer): boolean {
  const byteCount = packet.readUInt8(FACTORS_OFFSET);
  const digits = packet.toString('hex', FACTORS_OFFSET + 1, FACTORS_OFFSET + 1 + byteCount);
  if (byteCount === 0 || byteCount > MAX_PQ_BYTES || digits.length !== byteCount * 2) return false;
  const product = BigInt(`0x${digits}`);
  return product >= MIN_PQ && !checkPrimeSync(product);
}

/** The key fingerprint in a packet; undefined if the packet is not req_DH_params. */
function fingerprintIn(packet: Buffer): string | undefined {
  if (packet.length < FACTORS_OFFSET || !isPlain(packet)) return undefined;
  if (packet.readUInt32LE(BODY_OFFSET) !== REQ_DH_PARAMS) return undefined;
  const afterFirst = FACTORS_OFFSET + stringBytes(packet, FACTORS_OFFSET);
  return packet.readBigInt64LE(afterFirst + stringBytes(packet, afterFirst)).toString();
}

/** The size of a short TL string, including padding. */
function stringBytes(packet: Buffer, offset: number): number {
  return Math.ceil((1 + packet.readUInt8(offset)) / 4) * 4;
}
