import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { DerivativeFiles } from '../../../src/archive/files/derivative-files.js';

const NAME = `${'a'.repeat(32)}.thumb.webp`;
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'chatferry-derived-'));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

describe('the folder in which derivatives are made', () => {
  it('is cleared of what a killed run left, and keeps what is on its way in this one', async () => {
    const files = new DerivativeFiles({ directory, folder: 'chat' });
    await mkdir(files.workFolder, { recursive: true });
    await writeFile(join(files.workFolder, NAME), 'half');
    await files.prepare();
    expect(await readdir(files.workFolder)).toEqual([]);

    await writeFile(join(files.workFolder, NAME), 'whole');
    await files.prepare(); // The next page of media, while the files of this one are made.
    expect(await files.place([NAME])).toEqual([`thumbs/${NAME}`]);
  });
});
