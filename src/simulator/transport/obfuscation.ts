import { createCipheriv, createDecipheriv, type Cipher, type Decipher } from 'node:crypto';

/** How many bytes a client sends before its first packet. */
export const OBFUSCATION_HEADER_BYTES = 64;

/**
 * The stream cipher that hides a framing (https://core.telegram.org/mtproto/mtproto-transports#transport-obfuscation):
 * AES-256-CTR with keys taken from the client's random header, forwards for what it sends and backwards for what it
 * receives.
 */
export class Obfuscation {
  /** Which framing is inside: the four bytes of its tag, little-endian. */
  readonly innerTag: number;
  readonly #incoming: Decipher;
  readonly #outgoing: Cipher;

  /** @param header the first {@link OBFUSCATION_HEADER_BYTES} of the stream. */
  constructor(header: Buffer) {
    const reversed = Buffer.from(header.subarray(8, 56)).reverse();
    this.#incoming = createDecipheriv('aes-256-ctr', header.subarray(8, 40), header.subarray(40, 56));
    this.#outgoing = createCipheriv('aes-256-ctr', reversed.subarray(0, 32), reversed.subarray(32, 48));
    this.innerTag = this.#incoming.update(header.subarray(0, OBFUSCATION_HEADER_BYTES)).readUInt32LE(56);
  }

  /** The next bytes from the client, in the clear. */
  open(bytes: Buffer): Buffer {
    return this.#incoming.update(bytes);
  }

  /** The next bytes for the client, hidden. */
  seal(bytes: Buffer): Buffer {
    return this.#outgoing.update(bytes);
  }
}
