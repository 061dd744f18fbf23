import { createCipheriv, createDecipheriv, type Cipher, type Decipher } from 'node:crypto';

/** Number of bytes that a client sends before its first packet. */
export const OBFUSCATION_HEADER_BYTES = 64;

/**
 * The stream cipher that obfuscates a framing
 * (https://core.telegram.org/mtproto/mtproto-transports#transport-obfuscation): AES-256-CTR with keys from the client's
 * random header. The key for the server's answers is read from the reversed header.
 */
export class Obfuscation {
  /** The four-byte tag of the framing inside, little-endian. */
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

  /** Decrypts the next bytes from the client. */
  open(bytes: Buffer): Buffer {
    return this.#incoming.update(bytes);
  }

  /** Encrypts the next bytes for the client. */
  seal(bytes: Buffer): Buffer {
    return this.#outgoing.update(bytes);
  }
}
