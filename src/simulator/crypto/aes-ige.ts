import { createCipheriv, createDecipheriv } from 'node:crypto';

const BLOCK_BYTES = 16;
/** The native cipher gets this many bytes at a time, because small result buffers cost less than large ones. */
const CHUNK_BYTES = 64 * 1024;

/** The key of AES-256-IGE: 32 bytes, and an initialisation vector of two blocks. */
export interface IgeKey {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
}

/** Like {@link encryptIgeInto}, into new memory. */
export function encryptIge(plain: Uint8Array, key: IgeKey): Buffer {
  const encrypted = Buffer.allocUnsafeSlow(plain.length);
  encryptIgeInto(encrypted, plain, key);
  return encrypted;
}

/**
 * Encrypts with AES-256 in infinite garble extension mode. `node:crypto` has no IGE, but IGE of `p` is CBC of
 * `p[i] ^ p[i-2]` with each output block XORed with `p[i-1]`, so the native cipher does the work: about 500 MB/s.
 *
 * @param target - Has the length of `plain` and must not overlap it. Fastest if both begin at a multiple of 8 bytes.
 * @param plain - Whole blocks of 16 bytes.
 */
export function encryptIgeInto(target: Uint8Array, plain: Uint8Array, { key, iv }: IgeKey): void {
  if (!isAligned(target)) {
    target.set(encryptIge(plain, { key, iv }));
    return;
  }
  const secondIv = iv.subarray(BLOCK_BYTES);
  target.set(plain.subarray(0, BLOCK_BYTES));
  xorInto(target.subarray(BLOCK_BYTES, 2 * BLOCK_BYTES), plain.subarray(BLOCK_BYTES), secondIv);
  xorInto(target.subarray(2 * BLOCK_BYTES), plain.subarray(2 * BLOCK_BYTES), plain);

  const cipher = createCipheriv('aes-256-cbc', key, iv.subarray(0, BLOCK_BYTES));
  cipher.setAutoPadding(false);
  for (let start = 0; start < target.length; start += CHUNK_BYTES) {
    const chunk = target.subarray(start, start + CHUNK_BYTES);
    const chained = cipher.update(chunk);
    if (start > 0) xorInto(chunk, chained, plain.subarray(start - BLOCK_BYTES));
    else {
      xorInto(chunk.subarray(0, BLOCK_BYTES), chained, secondIv);
      xorInto(chunk.subarray(BLOCK_BYTES), chained.subarray(BLOCK_BYTES), plain);
    }
  }
}

/**
 * Decrypts AES-256-IGE block by block: each block depends on the plain text before it, so CBC cannot be used. This is
 * slow, but the server decrypts requests only, and they are small.
 *
 * @param encrypted whole blocks of 16 bytes.
 */
export function decryptIge(encrypted: Uint8Array, { key, iv }: IgeKey): Buffer {
  const decipher = createDecipheriv('aes-256-ecb', key, null);
  decipher.setAutoPadding(false);
  const plain = Buffer.allocUnsafe(encrypted.length);
  const block = Buffer.allocUnsafe(BLOCK_BYTES);
  let previousCipher = iv.subarray(0, BLOCK_BYTES);
  let previousPlain = iv.subarray(BLOCK_BYTES);
  for (let start = 0; start < encrypted.length; start += BLOCK_BYTES) {
    const current = encrypted.subarray(start, start + BLOCK_BYTES);
    for (let i = 0; i < BLOCK_BYTES; i += 1) block[i] = (current[i] ?? 0) ^ (previousPlain[i] ?? 0);
    const opened = decipher.update(block);
    for (let i = 0; i < BLOCK_BYTES; i += 1) plain[start + i] = (opened[i] ?? 0) ^ (previousCipher[i] ?? 0);
    previousCipher = current;
    previousPlain = plain.subarray(start, start + BLOCK_BYTES);
  }
  return plain;
}

/** `target[i] = one[i] ^ other[i]` over the length of the target, which must be aligned. */
function xorInto(target: Uint8Array, one: Uint8Array, other: Uint8Array): void {
  const [out, a, b] = [longsOf(target), longsOf(one), longsOf(other)];
  const length = out.length;
  for (let i = 0; i < length; i += 1) out[i] = (a[i] ?? 0n) ^ (b[i] ?? 0n);
}

/** A view of 64-bit integers; of a copy, if the bytes do not begin at a multiple of 8. */
function longsOf(bytes: Uint8Array): BigUint64Array {
  const aligned = isAligned(bytes) ? bytes : new Uint8Array(bytes);
  return new BigUint64Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 8);
}

function isAligned(bytes: Uint8Array): boolean {
  return bytes.byteOffset % 8 === 0;
}
