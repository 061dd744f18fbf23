import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, open, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

import { PartialFile } from '../../../../src/source/telegram/download/partial-file.js';
import { temporaryDirectory } from '../../../archive/temporary-directory.js';

const KB = 1024;

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe('a partial file', () => {
  it('is the same file for any order of its parts, also with concurrent ones', async () => {
    const path = join(temporaryDirectory(), 'file');
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 12 }).chain((count) => {
          const order = Array.from({ length: count }, (_, index) => index);
          return fc.shuffledSubarray(order, { minLength: count });
        }),
        fc.integer({ min: 1, max: 5 }),
        async (order, atOnce) => {
          const bytes = randomBytes(Math.max(0, order.length * 100 - 33));
          await using file = await PartialFile.create(path);
          for (let index = 0; index < order.length; index += atOnce) {
            const some = order.slice(index, index + atOnce).map((part) => part * 100);
            await Promise.all(some.map((offset) => file.write(offset, bytes.subarray(offset, offset + 100))));
          }
          expect(await file.finish()).toEqual({ sizeBytes: bytes.length, sha256: sha256(bytes) });
          expect((await readFile(path)).equals(bytes)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('reads parts from disk that arrived too early to be kept in memory', async () => {
    const path = join(temporaryDirectory(), 'file');
    const partBytes = 512 * KB;
    const bytes = randomBytes(24 * partBytes);
    await using file = await PartialFile.create(path);
    for (let offset = bytes.length - partBytes; offset >= 0; offset -= partBytes) {
      await file.write(offset, bytes.subarray(offset, offset + partBytes));
    }
    expect(await file.finish()).toEqual({ sizeBytes: bytes.length, sha256: sha256(bytes) });
  });

  it('with a missing part cannot be finished', async () => {
    await using file = await PartialFile.create(join(temporaryDirectory(), 'file'));
    await file.write(100, randomBytes(100));
    await expect(file.finish()).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('that becomes shorter meanwhile is an error, and never a wrong hash', async () => {
    const path = join(temporaryDirectory(), 'file');
    await using file = await PartialFile.create(path);
    const part = randomBytes(3 * KB * KB);
    await file.write(part.length, part);
    await file.write(2 * part.length, part);
    await truncate(path, 10);
    await expect(file.write(0, part)).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
  });

  it('whose disk fails during the download cannot be finished', async () => {
    const path = join(temporaryDirectory(), 'file');
    await using probe = await open(path, 'w');
    const failing = vi.spyOn(Object.getPrototypeOf(probe) as FileHandle, 'datasync');
    failing.mockRejectedValueOnce(Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' }));
    await using file = await PartialFile.create(path);
    const part = randomBytes(KB * KB);
    for (let index = 0; index < 40; index += 1) await file.write(index * part.length, part);
    await expect(file.finish()).rejects.toMatchObject({
      code: 'FILE_SYSTEM',
      message: expect.stringContaining('EIO') as string,
    });
    expect(failing).toHaveBeenCalledTimes(1);
    failing.mockRestore();
  });

  it('on a full disk fails with a message that says what to do', async () => {
    const path = join(temporaryDirectory(), 'file');
    await using probe = await open(path, 'w');
    const failing = vi.spyOn(Object.getPrototypeOf(probe) as FileHandle, 'write');
    failing.mockRejectedValueOnce(Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' }));
    await using file = await PartialFile.create(path);
    await expect(file.write(0, randomBytes(KB))).rejects.toMatchObject({
      code: 'FILE_SYSTEM',
      message: expect.stringMatching(/^Cannot write .*: the disk is full \(ENOSPC\)\. Make room/) as string,
    });
    failing.mockRestore();
  });

  it('in a missing folder fails with a message', async () => {
    const path = join(temporaryDirectory(), 'missing', 'file');
    for (const opening of [PartialFile.create(path), PartialFile.resume(path)]) {
      await expect(opening).rejects.toMatchObject({
        code: 'FILE_SYSTEM',
        message: expect.stringContaining(path) as string,
      });
    }
  });
});
