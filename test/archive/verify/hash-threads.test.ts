import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { HashThreads } from '../../../src/archive/verify/hash-threads.js';
import { temporaryDirectory } from '../temporary-directory.js';

function makeFile(path: string, sizeBytes: number): { readonly path: string; readonly digest: object } {
  const bytes = randomBytes(sizeBytes);
  writeFileSync(path, bytes);
  return { path, digest: { sizeBytes, sha256: createHash('sha256').update(bytes).digest('hex') } };
}

describe('threads that hash files', () => {
  it('give the size and the hash of each file, in the order of the paths', async () => {
    await using threads = new HashThreads();
    const folder = temporaryDirectory();
    const files = [0, 1, 1_048_576, 3_000_001].map((sizeBytes) => makeFile(join(folder, `${sizeBytes}`), sizeBytes));
    const jobs = [files, [...files].reverse(), files.slice(1, 2)];
    const answers = await Promise.all(jobs.map((job) => threads.digests(job.map(({ path }) => path))));
    expect(answers).toEqual(jobs.map((job) => job.map(({ digest }) => digest)));
  });

  it.skipIf(process.platform === 'win32')('say why there is no hash, and wait for no pipe', async () => {
    await using threads = new HashThreads();
    const folder = temporaryDirectory();
    const [link, pipe, absent] = [join(folder, 'link'), join(folder, 'pipe'), join(folder, 'absent')];
    symlinkSync(makeFile(join(folder, 'target'), 10).path, link);
    execFileSync('mkfifo', [pipe]);
    const found = (text: string): object => ({ error: { message: expect.stringContaining(text) as string } });
    expect(await threads.digests([link, pipe, absent, folder])).toMatchObject([
      found('it is a link'),
      found('(a pipe'),
      { error: { code: 'ENOENT' } },
      found('it is a folder'),
    ]);
  });

  it('end with a disposal, and with them what was asked of them', async () => {
    const threads = new HashThreads();
    const { path } = makeFile(join(temporaryDirectory(), 'file'), 8_000_000);
    const asked = Promise.allSettled(Array.from({ length: 4 }, () => threads.digests([path])));
    await threads[Symbol.asyncDispose]();
    expect((await asked).at(-1)).toMatchObject({ status: 'rejected', reason: { code: 'INTERRUPTED' } });
  });
});
