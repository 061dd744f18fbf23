import { createHash, randomBytes } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { ChatferryError } from '../../../../src/errors/chatferry-error.js';
import { type FetchHashes, type FileHash, FileHashes } from '../../../../src/source/telegram/download/file-hashes.js';
import { neverAborted } from '../simulated-telegram.js';

const KB = 1024;
const MB = KB * KB;
const signal = neverAborted();

/** Hashes of every 128 KB, `countAtOnce` per answer. */
function hashesOf(bytes: Buffer, countAtOnce: number, asked: number[] = []): FetchHashes {
  return (from) => {
    asked.push(from);
    const hashes: FileHash[] = [];
    for (let offset = from; offset < bytes.length && hashes.length < countAtOnce; offset += 128 * KB) {
      const sha256 = createHash('sha256')
        .update(bytes.subarray(offset, offset + 128 * KB))
        .digest();
      hashes.push({ offset, sizeBytes: 128 * KB, sha256 });
    }
    return Promise.resolve(hashes);
  };
}

function partOf(bytes: Buffer, offset: number): { offset: number; bytes: Buffer; endsFile: boolean } {
  const part = Buffer.from(bytes.subarray(offset, offset + 512 * KB));
  return { offset, bytes: part, endsFile: offset + part.length === bytes.length };
}

describe('the hashes of a file', () => {
  it.each([1, 3, 8, 100])('accept only the right bytes, with %i hashes per answer', async (countAtOnce) => {
    const bytes = randomBytes(MB + 700 * KB + 11);
    const hashes = new FileHashes(hashesOf(bytes, countAtOnce), bytes.length);
    for (let offset = 0; offset < bytes.length; offset += 512 * KB) {
      const right = partOf(bytes, offset);
      expect(await hashes.allows(right, signal)).toBe(true);
      for (const place of [0, right.bytes.length >> 1, right.bytes.length - 1]) {
        const wrong = partOf(bytes, offset);
        wrong.bytes.writeUInt8(wrong.bytes.readUInt8(place) ^ 1, place);
        expect(await hashes.allows(wrong, signal), `byte ${place} of the part at ${offset}`).toBe(false);
      }
    }
  });

  it('are requested once for all parts of a megabyte', async () => {
    const bytes = randomBytes(2 * MB);
    const asked: number[] = [];
    const hashes = new FileHashes(hashesOf(bytes, 8, asked), bytes.length);
    for (const offset of [0, 1, 2, 3].map((index) => index * 512 * KB)) {
      hashes.prefetch(offset, signal);
      await hashes.allows(partOf(bytes, offset), signal);
    }
    expect(asked).toEqual([0, MB]);
  });

  it('that contradict the bytes are requested again, as the hashes may be wrong', async () => {
    const bytes = randomBytes(100);
    let answerCount = 0;
    const hashes = new FileHashes((from, within) => {
      answerCount += 1;
      return hashesOf(answerCount === 1 ? randomBytes(100) : bytes, 8)(from, within);
    }, bytes.length);
    expect(await hashes.allows(partOf(bytes, 0), signal)).toBe(false);
    expect(await hashes.allows(partOf(bytes, 0), signal)).toBe(true);
  });

  it('that a server does not have do not delay the download', async () => {
    const none = new FileHashes(() => Promise.resolve([]), 100);
    expect(await none.allows({ offset: 0, bytes: randomBytes(100), endsFile: true }, signal)).toBe(true);
  });

  it('that cannot be fetched do not accept bytes', async () => {
    const lost = new ChatferryError('UNREACHABLE', 'gone', { retryable: true });
    const hashes = new FileHashes(() => Promise.reject(lost), 100);
    await expect(hashes.allows({ offset: 0, bytes: randomBytes(100), endsFile: true }, signal)).rejects.toBe(lost);
  });
});
