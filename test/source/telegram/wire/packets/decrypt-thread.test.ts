import { createHash, randomBytes } from 'node:crypto';

import { afterEach, describe, expect, it, vi } from 'vitest';

import { type AesIge, wasmAesIge } from '../../../../../src/source/telegram/wire/packets/aes-ige.js';
import {
  type DecipheredBytes,
  DecryptThread,
  type SealedBytes,
} from '../../../../../src/source/telegram/wire/packets/decrypt-thread.js';

const PART = 512 * 1024;
const warnings: string[] = [];
const log = (level: string, text: string): void => {
  if (level === 'warn') warnings.push(text);
};
let thread = new DecryptThread(wasmAesIge, log);

function sealed(byteCount = PART): SealedBytes {
  const [bytes, key, iv, prefix] = [byteCount, 32, 32, 32].map((count) => Uint8Array.from(randomBytes(count)));
  if (!bytes || !key || !iv || !prefix) throw new Error('nothing was made');
  return { bytes, key, iv, prefix };
}

function open(cipher: AesIge = wasmAesIge, coreCount = 2): DecryptThread {
  warnings.length = 0;
  thread = new DecryptThread(cipher, log, coreCount);
  return thread;
}

/** The first that the thread takes: it declines until it has proved itself. */
function firstTaken(job: SealedBytes): Promise<DecipheredBytes> {
  const isTaken = (): Promise<DecipheredBytes> => {
    const answer = thread.decipher(job);
    if (answer === undefined) throw new Error('not yet');
    return answer;
  };
  return vi.waitFor(isTaken, { timeout: 20_000, interval: 5 });
}

afterEach(() => thread.close());

describe('the decrypt thread', () => {
  it('returns the same plain text and hash as the main thread, in the order of the packets', async () => {
    open();
    await firstTaken(sealed());
    const jobs = [sealed(), sealed(64 * 1024), sealed(PART + 96)];
    const expected = jobs.map(({ bytes, key, iv, prefix }) => {
      const plain = Buffer.from(wasmAesIge.decrypt(bytes, key, iv));
      return { plain, digest: createHash('sha256').update(prefix).update(plain).digest() };
    });
    const answers = await Promise.all(jobs.map(async (job) => thread.decipher(job)));
    for (const [index, { plain, digest }] of expected.entries()) {
      expect(plain.equals(answers[index]?.bytes ?? Buffer.alloc(0))).toBe(true);
      expect(digest.equals(answers[index]?.digest ?? Buffer.alloc(0))).toBe(true);
    }
    expect(
      jobs.map(({ bytes }) => bytes.length),
      'their memory went over',
    ).toEqual([0, 0, 0]);
  });

  it('leaves small packets, and all on a machine with one core, to the main thread', async () => {
    open();
    await firstTaken(sealed());
    expect(thread.decipher(sealed(32 * 1024))).toBeUndefined();
    await thread.close();
    open(wasmAesIge, 1);
    const job = sealed();
    expect(thread.decipher(job)).toBeUndefined();
    expect(job.bytes).toHaveLength(PART);
  });

  it('is not used, with a warning, if its results differ from those of the main thread', async () => {
    open({ ...wasmAesIge, decrypt: (data) => new Uint8Array(data.length) });
    expect(thread.decipher(sealed())).toBeUndefined();
    await vi.waitFor(
      () => {
        expect(warnings).toEqual(['Downloads use one core only: the results of the decrypt thread are wrong.']);
      },
      { timeout: 20_000, interval: 5 },
    );
    expect(thread.decipher(sealed())).toBeUndefined();
  });

  it('that ends unexpectedly loses only the packets that it had, which are requested again', async () => {
    open();
    await firstTaken(sealed());
    const broken = thread.decipher({ ...sealed(), key: null as never });
    const behind = thread.decipher(sealed());
    await expect(broken).rejects.toMatchObject({ code: 'UNREACHABLE', retryable: true });
    await expect(behind).rejects.toMatchObject({ code: 'UNREACHABLE', retryable: true });
    expect(warnings).toHaveLength(1);
    expect(thread.decipher(sealed())).toBeUndefined();
  });
});
