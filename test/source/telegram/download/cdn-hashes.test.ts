import { createHash } from 'node:crypto';

import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';

import { CdnHashes } from '../../../../src/source/telegram/download/cdn-hashes.js';
import type { FetchHashes, FileHash } from '../../../../src/source/telegram/download/file-hashes.js';
import { neverAborted } from '../simulated-telegram.js';

const BLOCK = 64;
const signal = neverAborted();

/** All hashes of a file. */
function hashesOf(file: Uint8Array, announcedOfLast?: number): readonly FileHash[] {
  return Array.from({ length: Math.ceil(file.length / BLOCK) }, (_, index) => {
    const block = file.subarray(index * BLOCK, (index + 1) * BLOCK);
    const sizeBytes = block.length < BLOCK ? (announcedOfLast ?? block.length) : BLOCK;
    return { offset: index * BLOCK, sizeBytes, sha256: createHash('sha256').update(block).digest() };
  });
}

/** A server that gives a few hashes at once. */
function serving(hashes: readonly FileHash[], atOnce: number): FetchHashes {
  return (offset) => Promise.resolve(hashes.filter((hash) => hash.offset + hash.sizeBytes > offset).slice(0, atOnce));
}

const anyCase = fc.record({
  file: fc.uint8Array({ minLength: 0, maxLength: 9 * BLOCK }),
  part: fc.nat({ max: 9 }),
  blocks: fc.integer({ min: 1, max: 5 }),
  atOnce: fc.integer({ min: 1, max: 4 }),
  knowsSize: fc.boolean(),
  announcesWholeBlock: fc.boolean(),
});

/** What a CDN may send in place of the right bytes; they may come out the same. */
const anyDamage: fc.Arbitrary<(right: Uint8Array) => Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 6 * BLOCK }).map((other) => () => other),
  fc
    .nat()
    .map((at) => (right: Uint8Array) => right.map((byte, index) => (index === at % right.length ? byte ^ 1 : byte))),
  fc
    .integer({ min: 1, max: 2 })
    .map(
      (missing) => (right: Uint8Array) =>
        right.subarray(0, Math.max(0, Math.ceil(right.length / BLOCK) - missing) * BLOCK),
    ),
  fc.uint8Array({ maxLength: BLOCK }).map((more) => (right: Uint8Array) => Buffer.concat([right, more])),
);

describe('the hashes of a file at a CDN', () => {
  property.prop([anyCase, anyDamage])(
    'accept only the right bytes of a range',
    async ({ file, part, blocks, atOnce, knowsSize, announcesWholeBlock }, damage) => {
      const range = { offset: part * BLOCK, sizeBytes: blocks * BLOCK };
      const right = file.subarray(range.offset, range.offset + range.sizeBytes);
      const all = hashesOf(file, announcesWholeBlock ? BLOCK : undefined);
      const hashes = new CdnHashes(serving(all, atOnce), knowsSize ? file.length : undefined);
      expect(await hashes.verify(range, right, signal)).toBe(true);

      const sent = damage(right);
      expect(await hashes.verify(range, sent, signal)).toBe(Buffer.from(sent).equals(right));
    },
  );

  it('are requested once for several waiting parts', async () => {
    const file = new Uint8Array(8 * BLOCK).fill(3);
    let callCount = 0;
    const hashes = new CdnHashes((offset, within) => {
      callCount += 1;
      return serving(hashesOf(file), 8)(offset, within);
    }, file.length);
    const ranges = [0, 2, 4, 6].map((index) => ({ offset: index * BLOCK, sizeBytes: 2 * BLOCK }));
    const proofs = ranges.map((range) => hashes.verify(range, file.subarray(0, 2 * BLOCK), signal));
    expect(await Promise.all(proofs)).toEqual([true, true, true, true]);
    expect(callCount).toBe(1);
  });

  it('that cover no bytes do not cause an endless wait', async () => {
    const empty = { offset: 0, sizeBytes: 0, sha256: Buffer.alloc(32) };
    const hashes = new CdnHashes(() => Promise.resolve([empty]), undefined);
    expect(await hashes.verify({ offset: 0, sizeBytes: BLOCK }, new Uint8Array(BLOCK), signal)).toBe(false);
  });

  it('are requested again by the next part after a failure', async () => {
    const file = new Uint8Array(BLOCK).fill(9);
    let callCount = 0;
    const hashes = new CdnHashes((offset, within) => {
      callCount += 1;
      return callCount === 1 ? Promise.reject(new Error('not now')) : serving(hashesOf(file), 1)(offset, within);
    }, file.length);
    const range = { offset: 0, sizeBytes: BLOCK };
    await expect(hashes.verify(range, file, signal)).rejects.toThrow('not now');
    expect(await hashes.verify(range, file, signal)).toBe(true);
  });
});
