import { chmodSync, existsSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { readRegularFileSync, UnreadableFileError } from '../../src/disk/regular-file.js';
import { temporaryDirectory } from '../archive/temporary-directory.js';
import { Canary, HOSTILE_ENTRIES } from './hostile-entries.js';

describe('a small file that the user named', () => {
  it('is read, also behind a link, up to as many bytes as it may have', () => {
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, 'a'.repeat(200_000));
    symlinkSync(file, `${file}.link`, 'file');
    expect(readRegularFileSync(`${file}.link`, 200_000).toString()).toBe('a'.repeat(200_000));
    expect(() => readRegularFileSync(file, 199_999)).toThrow(new UnreadableFileError('it has more than 199999 bytes'));
  });

  it.skipIf(!existsSync('/proc/self/status'))(
    'is held to that also where it says that it is empty, as in /proc',
    () => {
      expect(readRegularFileSync('/proc/self/status', 100_000).toString()).toContain('Pid:');
      expect(() => readRegularFileSync('/proc/self/status', 100)).toThrow('it has more than 100 bytes');
    },
  );

  it
    .skipIf(process.platform === 'win32')
    .each(
      HOSTILE_ENTRIES.filter(
        (entry) => !['a link to a file', 'a hard link', 'a file of something else'].includes(entry),
      ),
    )('is refused at once when it is %s', (entry) => {
    const folder = temporaryDirectory();
    const canary = new Canary(join(folder, 'outside'));
    canary.put(entry, join(folder, 'file'));
    expect(() => readRegularFileSync(join(folder, 'file'), 1000)).toThrow(
      entry === 'a link that leads nowhere' ? 'ENOENT' : UnreadableFileError,
    );
    expect(canary.state()).toBe(canary.before);
  });

  it.skipIf(process.platform === 'win32')('is refused when it may not be read', () => {
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, 'a');
    chmodSync(file, 0);
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534); // Root may read everything.
    try {
      expect(() => readRegularFileSync(file, 1000)).toThrow('EACCES');
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });
});
