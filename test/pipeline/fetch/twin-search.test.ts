import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type Twin, TwinSearch, type TwinSearchOptions } from '../../../src/pipeline/fetch/twin-search.js';
import type { RangeHash } from '../../../src/source/live-source.js';
import { PHOTO, textMessage } from '../../archive/sample-message.js';
import { temporaryDirectory } from '../../archive/temporary-directory.js';

const SIZE_BYTES = 10_000;
const MEDIA = { ...PHOTO, sizeBytes: SIZE_BYTES };
const never = new AbortController().signal;
const bytes = Buffer.alloc(SIZE_BYTES, 'ferry');

function storedFile(content: Buffer = bytes): Twin {
  const absolutePath = join(temporaryDirectory(), 'stored.bin');
  writeFileSync(absolutePath, content);
  return { path: 'stored.bin', absolutePath, sizeBytes: content.length, sha256: sha256(content).toString('hex') };
}

function searchOf(
  fileHashes: NonNullable<TwinSearchOptions['source']['fileHashes']>,
  stored: readonly Twin[],
  timeoutMs = 5000,
): TwinSearch {
  return new TwinSearch({ source: { fileHashes }, archive: { filesOfSize: () => stored }, timeoutMs });
}

async function findWith(ranges: readonly RangeHash[], stored = storedFile()): Promise<Twin | undefined> {
  const candidate = searchOf(() => each(ranges), [stored]).enter(textMessage(1), MEDIA, never);
  const found = await candidate?.find();
  await candidate?.leave();
  return found;
}

describe('the search for a stored twin', () => {
  it('finds the file whose ranges have the hashes, however the server cuts them', async () => {
    const stored = storedFile();
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 1, max: SIZE_BYTES - 1 })), async (cuts) => {
        const edges = [0, ...cuts.sort((one, other) => one - other), SIZE_BYTES];
        const ranges = edges.slice(1).map((end, index) => rangeOf(edges[index] ?? 0, end));
        expect(await findWith(ranges, stored)).toEqual(stored);
        const [damaged = 0] = cuts;
        const others = ranges.map((range) =>
          range.offset === damaged ? { ...range, sha256: sha256(Buffer.from('other')) } : range,
        );
        expect(await findWith(others, stored)).toBeUndefined();
      }),
      { numRuns: 30 },
    );
  });

  it('takes a last range that is announced longer than the file', async () => {
    const last = { ...rangeOf(4096, SIZE_BYTES), sizeBytes: 8192 };
    expect(await findWith([rangeOf(0, 4096), last])).toBeDefined();
  });

  it('is not content with hashes that leave a gap, do not begin at the beginning or end early', async () => {
    expect(await findWith([rangeOf(0, 4096)])).toBeUndefined();
    expect(await findWith([rangeOf(0, 4096), rangeOf(4097, SIZE_BYTES)])).toBeUndefined();
    expect(await findWith([rangeOf(1, SIZE_BYTES)])).toBeUndefined();
    expect(await findWith([{ ...rangeOf(0, SIZE_BYTES), sizeBytes: 0 }])).toBeUndefined();
  });

  it('passes over a file that is gone, or shorter than the archive says', async () => {
    const whole = [rangeOf(0, SIZE_BYTES)];
    expect(
      await findWith(whole, { ...storedFile(), absolutePath: join(temporaryDirectory(), 'gone') }),
    ).toBeUndefined();
    expect(await findWith(whole, { ...storedFile(bytes.subarray(1)), sizeBytes: SIZE_BYTES })).toBeUndefined();
  });

  it('asks nothing where nothing of the size is stored or under way', async () => {
    let askCount = 0;
    const ask = (): AsyncGenerator<RangeHash, void, void> => {
      askCount += 1;
      return each([]);
    };
    const candidate = searchOf(ask, []).enter(textMessage(1), MEDIA, never);
    expect(await candidate?.find()).toBeUndefined();
    await candidate?.leave();
    expect(askCount).toBe(0);
  });

  it('waits for a file under way that begins alike, and then finds it', async () => {
    const stored = storedFile();
    const search = searchOf(() => each([rangeOf(0, SIZE_BYTES)]), []);
    const first = search.enter(textMessage(1), MEDIA, never);
    const second = search.enter(textMessage(2), MEDIA, never);
    expect(await first?.find()).toBeUndefined();
    const found = second?.find();
    search.placed(stored);
    await first?.leave();
    expect(await found).toEqual(stored);
    await second?.leave();
  });

  it('gives up when no answer comes in time, and asks no more after the third time', async () => {
    let askCount = 0;
    const silent = async function* (
      _: unknown,
      __: unknown,
      signal: AbortSignal,
    ): AsyncGenerator<RangeHash, void, void> {
      askCount += 1;
      await once(signal, 'abort');
      signal.throwIfAborted();
      yield* [];
    };
    const search = searchOf(silent, [storedFile()], 20);
    for (let trial = 0; trial < 5; trial += 1) {
      const candidate = search.enter(textMessage(trial), MEDIA, never);
      expect(await candidate?.find()).toBeUndefined();
      await candidate?.leave();
    }
    expect(askCount).toBe(3);
  });

  it('throws what it is aborted with', async () => {
    const controller = new AbortController();
    const stored = storedFile();
    const candidate = searchOf(() => each([rangeOf(0, SIZE_BYTES)]), [stored]).enter(
      textMessage(1),
      MEDIA,
      controller.signal,
    );
    controller.abort(new Error('enough'));
    await expect(candidate?.find()).rejects.toThrow('enough');
    await candidate?.leave();
  });
});

async function* each(ranges: readonly RangeHash[]): AsyncGenerator<RangeHash, void, void> {
  for (const range of ranges) yield await Promise.resolve(range);
}

function rangeOf(begin: number, end: number): RangeHash {
  return { offset: begin, sizeBytes: end - begin, sha256: sha256(bytes.subarray(begin, end)) };
}

function sha256(content: Buffer): Buffer {
  return createHash('sha256').update(content).digest();
}
