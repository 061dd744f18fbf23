import { createHash } from 'node:crypto';

import { test } from '@fast-check/vitest';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { memoryFile, patternedFile, sha256OfFile } from '../../../src/simulator/world/world-file.js';

describe('a patterned file', () => {
  test.prop([
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.integer({ min: 0, max: 400_000 }),
    fc.array(fc.tuple(fc.integer({ min: 0, max: 420_000 }), fc.integer({ min: 0, max: 200_000 })), { maxLength: 5 }),
  ])('reads the same bytes for any division into parts', (id, sizeBytes, cuts) => {
    const file = patternedFile(id, sizeBytes);
    const whole = file.read(0, sizeBytes);
    expect(whole).toHaveLength(sizeBytes);
    for (const [offset, length] of cuts) {
      expect(Buffer.compare(file.read(offset, length), whole.subarray(offset, offset + length))).toBe(0);
    }
  });

  it('differs from a file with another id, also when both are small', () => {
    for (const sizeBytes of [8, 1000, 3_000_000]) {
      const hashes = Array.from({ length: 20 }, (_, id) => sha256OfFile(patternedFile(BigInt(id), sizeBytes)));
      expect(new Set(hashes).size).toBe(20);
    }
  });

  it('does not repeat its megabytes', () => {
    const file = patternedFile(7n, 3_000_000);
    const megabyte = 1024 * 1024;
    expect(Buffer.compare(file.read(8, 65_528), file.read(megabyte + 8, 65_528))).not.toBe(0);
  });

  it('refuses an invalid size', () => {
    expect(() => patternedFile(1n, -1)).toThrow('-1');
    expect(() => patternedFile(1n, 1.5)).toThrow('1.5');
  });
});

describe('the hash of a file', () => {
  it('is the hash of all its bytes, also beyond one megabyte', () => {
    const bytes = patternedFile(3n, 2_500_001).read(0, 2_500_001);
    expect(sha256OfFile(memoryFile(bytes))).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  it('of an empty file is that of no bytes', () => {
    expect(sha256OfFile(memoryFile(new Uint8Array(0)))).toBe(createHash('sha256').digest('hex'));
  });
});
