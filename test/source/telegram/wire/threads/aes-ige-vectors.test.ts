import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { encryptIge } from '../../../../../src/simulator/crypto/aes-ige.js';
import { createIgeDecipher, hasRelaxed } from '../../../../../src/source/telegram/wire/threads/aes-ige-vectors.js';

const BLOCK_BYTES = 16;
const isShorter = hasRelaxed();

/** Plain text of whole blocks, and what makes a packet of it. */
const message = (mostBlocks: number): fc.Arbitrary<{ plain: Uint8Array; key: Uint8Array; iv: Uint8Array }> =>
  fc.integer({ min: 1, max: mostBlocks }).chain((blocks) =>
    fc.record({
      plain: fc.uint8Array({ minLength: blocks * BLOCK_BYTES, maxLength: blocks * BLOCK_BYTES }),
      key: fc.uint8Array({ minLength: 32, maxLength: 32 }),
      iv: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    }),
  );

describe.each([
  ['with the instructions of every Node', false],
  ['with the shorter instructions', true],
])('AES-IGE, 16 bytes at once, %s', (_, isRelaxed) => {
  const decipher = createIgeDecipher(isRelaxed);

  it('gives back what the processor’s own AES enciphered, one packet or two of any length', () => {
    fc.assert(
      fc.property(message(40), fc.option(message(40), { nil: undefined }), (first, second) => {
        const messages = second === undefined ? [first] : [first, second];
        const [one, other] = messages.map(({ plain, key, iv }) => {
          return { bytes: new Uint8Array(encryptIge(plain, { key, iv })), key, iv };
        });
        if (one === undefined) throw new Error('there is one at least');
        decipher(other === undefined ? [one] : [one, other]);
        expect(Buffer.compare(one.bytes, first.plain)).toBe(0);
        if (second !== undefined) expect(Buffer.compare(other?.bytes ?? Buffer.alloc(0), second.plain)).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it('has room for packets of a megabyte', () => {
    const [key, iv] = [Buffer.alloc(32, 7), Buffer.alloc(32, 9)];
    const plain = Buffer.alloc(2 ** 20 + BLOCK_BYTES, 'ab');
    const jobs = [plain, plain.subarray(BLOCK_BYTES)].map((bytes) => {
      return { bytes: new Uint8Array(encryptIge(bytes, { key, iv })), key, iv };
    });
    const [one, other] = jobs;
    if (one === undefined) throw new Error('there is one at least');
    decipher(other === undefined ? [one] : [one, other]);
    expect(Buffer.compare(one.bytes, plain)).toBe(0);
    expect(Buffer.compare(other?.bytes ?? Buffer.alloc(0), plain.subarray(BLOCK_BYTES))).toBe(0);
  });
});

describe('this Node', () => {
  it('has the shorter instructions, which two thirds of the speed come from', () => {
    expect(isShorter).toBe(true);
  });
});
