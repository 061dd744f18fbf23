import { randomFillSync } from 'node:crypto';
import { decryptIge, encryptIgeInto, type IgeKey } from './aes-ige.js';
import { reusableMemory } from '../tl/reusable-memory.js';
import { sha256 } from './digest.js';

/** The offset in the auth key for each direction (https://core.telegram.org/mtproto/description, "x"). */
const FROM_CLIENT = 0;
const FROM_SERVER = 8;
const KEY_ID_BYTES = 8;
const HEADER_BYTES = 24;

/**
 * Encrypts a message of the server as MTProto 2.0 requires: 12 to 27 random bytes of padding, the message key from the
 * middle of a SHA-256, AES-IGE.
 *
 * @param plain salt, session id, message id, sequence number, length, body.
 * @returns the packet, auth key id first. Its memory may be released after it was sent.
 */
export function sealFromServer(plain: readonly Uint8Array[], secret: Buffer, keyId: string): Buffer {
  return seal(plain, { secret, keyId, direction: FROM_SERVER });
}

/**
 * Decrypts a message of a client.
 *
 * @param packet auth key id, message key, encrypted data and, from some transports, up to 15 bytes of padding.
 * @returns the plain text with its padding, or undefined if it was not encrypted with this key.
 */
export function openFromClient(packet: Buffer, secret: Buffer): Buffer | undefined {
  return open(packet, secret, FROM_CLIENT);
}

/** The client's side of {@link sealFromServer}, for tests. */
export function sealFromClient(plain: readonly Uint8Array[], secret: Buffer, keyId: string): Buffer {
  return seal(plain, { secret, keyId, direction: FROM_CLIENT });
}

/** The client's side of {@link openFromClient}, for tests. */
export function openFromServer(packet: Buffer, secret: Buffer): Buffer | undefined {
  return open(packet, secret, FROM_SERVER);
}

interface SealOptions {
  readonly secret: Buffer;
  readonly keyId: string;
  readonly direction: number;
}

/** A reused buffer for assembling messages, because allocating one for each file part burdens the garbage collector. */
let scratch: Buffer = Buffer.alloc(0);

function seal(plain: readonly Uint8Array[], { secret, keyId, direction }: SealOptions): Buffer {
  const length = plain.reduce((sum, part) => sum + part.length, 0);
  const paddedBytes = length + 12 + ((16 - ((length + 12) % 16)) % 16);
  if (scratch.length < paddedBytes) scratch = Buffer.allocUnsafeSlow(paddedBytes);
  const padded = scratch.subarray(0, paddedBytes);
  let position = 0;
  for (const part of plain) {
    padded.set(part, position);
    position += part.length;
  }
  randomFillSync(padded, position);
  const messageKey = messageKeyOf(padded, secret, direction);
  const packet = reusableMemory(HEADER_BYTES + paddedBytes);
  packet.write(keyId, 'hex');
  packet.set(messageKey, KEY_ID_BYTES);
  encryptIgeInto(packet.subarray(HEADER_BYTES), padded, keysOf(messageKey, secret, direction));
  return packet;
}

function open(packet: Buffer, secret: Buffer, direction: number): Buffer | undefined {
  const encryptedBytes = packet.length - HEADER_BYTES - ((packet.length - HEADER_BYTES) % 16);
  if (encryptedBytes < 48) return undefined;
  const messageKey = packet.subarray(KEY_ID_BYTES, HEADER_BYTES);
  const encrypted = packet.subarray(HEADER_BYTES, HEADER_BYTES + encryptedBytes);
  const plain = decryptIge(encrypted, keysOf(messageKey, secret, direction));
  return messageKeyOf(plain, secret, direction).equals(messageKey) ? plain : undefined;
}

function messageKeyOf(padded: Uint8Array, secret: Buffer, direction: number): Buffer {
  return sha256(secret.subarray(88 + direction, 120 + direction), padded).subarray(8, 24);
}

function keysOf(messageKey: Uint8Array, secret: Buffer, direction: number): IgeKey {
  const a = sha256(messageKey, secret.subarray(direction, direction + 36));
  const b = sha256(secret.subarray(direction + 40, direction + 76), messageKey);
  return {
    key: Buffer.concat([a.subarray(0, 8), b.subarray(8, 24), a.subarray(24, 32)]),
    iv: Buffer.concat([b.subarray(0, 8), a.subarray(8, 24), b.subarray(24, 32)]),
  };
}
