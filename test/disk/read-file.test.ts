import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { openForReading, openForReadingSync, readWhole, readWholeSync } from '../../src/disk/read-file.js';
import { hashFile } from '../../src/media/hash-file.js';
import { readContentKind } from '../../src/media/bytes/content-kind.js';
import { FileBytes } from '../../src/media/bytes/byte-source.js';
import { HeifItems } from '../../src/media/heif/heif-items.js';
import { temporaryDirectory } from '../archive/temporary-directory.js';
import { neverAborted } from '../e2e/simulated-export.js';
import { Bystander, PLANTED } from './planted.js';

/** Every way of reading an original, as a promise. */
const READERS: Readonly<Record<string, (path: string, mayBeLink: boolean) => Promise<unknown>>> = {
  openForReading: async (path, mayBeLink) => (await openForReading(path, { mayBeLink })).close(),
  openForReadingSync: (path, mayBeLink) => inPromise(() => openForReadingSync(path, { mayBeLink })),
  readWhole: (path, mayBeLink) => readWhole(path, { mayBeLink }),
  readWholeSync: (path, mayBeLink) => inPromise(() => readWholeSync(path, { mayBeLink })),
  'a hash': (path, mayBeLink) => hashFile(path, neverAborted(), { mayBeLink }),
  'the kind of a file': (path, mayBeLink) => readContentKind(path, { mayBeLink }),
};

function inPromise(work: () => unknown): Promise<unknown> {
  return Promise.resolve().then(work);
}

describe.each(Object.entries(READERS))('%s', (_, read) => {
  it.each(PLANTED)('takes $title for what it is', async ({ kind, title, plant }) => {
    const base = temporaryDirectory();
    const bystander = new Bystander(join(base, 'of-others'));
    const path = join(base, 'original');
    plant(path, bystander);
    const why = `${path} was not read: it is `;
    const isRegular = kind === 'file' || kind === 'hard link';
    if (isRegular) await read(path, false);
    else
      await expect(read(path, false)).rejects.toMatchObject({
        code: 'FILE_SYSTEM',
        message: expect.stringContaining(why) as string,
      });

    if (isRegular || title === 'a link to a file') await read(path, true);
    else if (title === 'a link to nothing') await expect(read(path, true)).rejects.toMatchObject({ code: 'ENOENT' });
    else
      await expect(read(path, true)).rejects.toMatchObject({
        code: 'FILE_SYSTEM',
        message: expect.stringContaining(why) as string,
      });
    expect(bystander.changes()).toBe('');
  });
});

describe('a part of a file', () => {
  it.each(PLANTED.filter(({ kind }) => kind === 'other' || kind === 'folder'))(
    'is not read of $title',
    async ({ plant }) => {
      const base = temporaryDirectory();
      const path = join(base, 'original');
      plant(path, new Bystander(join(base, 'of-others')));
      expect(() => new FileBytes(path)).toThrow(`${path} was not read`);
      await expect(HeifItems.open(path)).rejects.toThrow(`${path} was not read`);
    },
  );
});

it('reads the bytes of a file whole', async () => {
  const path = join(temporaryDirectory(), 'a');
  writeFileSync(path, 'every byte');
  expect([(await readWhole(path)).toString(), readWholeSync(path).toString()]).toEqual(['every byte', 'every byte']);
});
