import { createHash, randomBytes } from 'node:crypto';

import { SecurityError } from 'telegram/errors/index.js';

import type { AesIge } from './aes-ige.js';
import type { DecipheredBytes, DecryptThread, SealedBytes } from './decrypt-thread.js';

/** A decrypted message of the server: https://core.telegram.org/mtproto/description#encrypted-message. */
export interface OpenedPacket {
  /** Unsigned. */
  readonly messageId: bigint;
  readonly sequenceNumber: number;
  /** TL bytes, without padding. */
  readonly body: Buffer;
}

/** The auth key id and the msg_key, before the encrypted data. */
const HEAD_BYTES = 24;
/** Salt, session id, message id, sequence number and length, before the body. */
const ENVELOPE_BYTES = 32;
const BLOCK_BYTES = 16;
const MIN_PADDING_BYTES = 12;
const MAX_PADDING_BYTES = 1024;

/** Whether a packet has the key id of `authKey` and a valid length, and so is not a transport error. */
export function isSealedWith(packet: Buffer, authKey: Buffer): boolean {
  if (packet.length < HEAD_BYTES + ENVELOPE_BYTES + BLOCK_BYTES || (packet.length - HEAD_BYTES) % BLOCK_BYTES !== 0) {
    return false;
  }
  return packet.subarray(0, 8).equals(keyId(authKey));
}

/** Decrypts the packets of one connection. */
export interface PacketOpener {
  readonly cipher: AesIge;
  /** Used for large packets. */
  readonly thread?: DecryptThread | undefined;
}

/**
 * Decrypts and checks a message of the server. The memory of a large packet is transferred to the thread: it must
 * contain nothing else, and must not be used afterwards.
 *
 * @throws {SecurityError} if a check of https://core.telegram.org/mtproto/security_guidelines fails.
 * @throws {ChatferryError} `UNREACHABLE` as the thread does.
 */
export async function openPacket(
  packet: Buffer,
  authKey: Buffer,
  { cipher, thread }: PacketOpener,
): Promise<OpenedPacket> {
  const messageKey = Buffer.from(packet.subarray(8, HEAD_BYTES)); // Copied, as the packet may be transferred.
  const { key, iv } = deriveKey(authKey, messageKey, 8);
  const prefix = new Uint8Array(authKey.subarray(96, 128));
  const sealed = { bytes: packet.subarray(HEAD_BYTES), key, iv, prefix };
  const { bytes, digest } = await (thread?.decipher(sealed) ?? decipherHere(sealed, cipher));
  if (Buffer.compare(digest.subarray(8, 24), messageKey) !== 0) {
    throw new SecurityError('A message does not match its msg_key.');
  }
  const plain = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const byteCount = plain.readInt32LE(28);
  const paddingBytes = plain.length - ENVELOPE_BYTES - byteCount;
  if (byteCount < 0 || byteCount % 4 !== 0 || paddingBytes < MIN_PADDING_BYTES || paddingBytes > MAX_PADDING_BYTES) {
    throw new SecurityError(`A message of ${plain.length} bytes has a wrong length field (${byteCount}).`);
  }
  return {
    messageId: plain.readBigUInt64LE(16),
    sequenceNumber: plain.readInt32LE(24),
    body: plain.subarray(ENVELOPE_BYTES, ENVELOPE_BYTES + byteCount),
  };
}

function decipherHere({ bytes, key, iv, prefix }: SealedBytes, cipher: AesIge): DecipheredBytes {
  const plain = cipher.decrypt(bytes, key, iv);
  return { bytes: plain, digest: createHash('sha256').update(prefix).update(plain).digest() };
}

/** Encrypts a message of the client. `plain` contains salt, session id and the rest, without padding. */
export function sealPacket(plain: Buffer, authKey: Buffer, cipher: AesIge): Buffer {
  const modulus = (plain.length + MIN_PADDING_BYTES) % BLOCK_BYTES;
  const paddingBytes = MIN_PADDING_BYTES + (modulus === 0 ? 0 : BLOCK_BYTES - modulus);
  const padded = Buffer.concat([plain, randomBytes(paddingBytes)]);
  const messageKey = createHash('sha256').update(authKey.subarray(88, 120)).update(padded).digest().subarray(8, 24);
  const { key, iv } = deriveKey(authKey, messageKey, 0);
  return Buffer.concat([keyId(authKey), messageKey, cipher.encrypt(padded, key, iv)]);
}

function keyId(authKey: Buffer): Buffer {
  return createHash('sha1').update(authKey).digest().subarray(12, 20);
}

/** @param x - 0 for messages of the client, 8 for those of the server. */
function deriveKey(authKey: Buffer, messageKey: Buffer, x: 0 | 8): { readonly key: Buffer; readonly iv: Buffer } {
  const a = createHash('sha256')
    .update(messageKey)
    .update(authKey.subarray(x, x + 36))
    .digest();
  const b = createHash('sha256')
    .update(authKey.subarray(x + 40, x + 76))
    .update(messageKey)
    .digest();
  return {
    key: Buffer.concat([a.subarray(0, 8), b.subarray(8, 24), a.subarray(24, 32)]),
    iv: Buffer.concat([b.subarray(0, 8), a.subarray(8, 24), b.subarray(24, 32)]),
  };
}
