import { createRequire } from 'node:module';
import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { decryptIge, encryptIge } from '../../../src/simulator/crypto/aes-ige.js';

interface Cipher {
  encryptIge(plain: Buffer): Buffer;
}
const { IGE } = createRequire(import.meta.url)('telegram/crypto/IGE') as {
  IGE: new (key: Buffer, iv: Buffer) => Cipher;
};

const bytes = (length: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array));
const plainText = fc.integer({ min: 1, max: 40 }).chain((blocks) => bytes(blocks * 16));

test.prop([plainText, bytes(32), bytes(32)])('encrypts as gramjs does and decrypts it again', (plain, key, iv) => {
  const encrypted = encryptIge(plain, { key, iv });
  expect(encrypted.equals(new IGE(key, iv).encryptIge(plain))).toBe(true);
  expect(decryptIge(encrypted, { key, iv }).equals(plain)).toBe(true);
});

test.prop([plainText, bytes(32), bytes(32)])('accepts unaligned bytes', (plain, key, iv) => {
  const shifted = Buffer.concat([Buffer.alloc(1), plain]).subarray(1);
  expect(encryptIge(shifted, { key, iv }).equals(encryptIge(plain, { key, iv }))).toBe(true);
});
