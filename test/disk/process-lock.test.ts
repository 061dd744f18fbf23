import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { Archive } from '../../src/archive/archive.js';
import { ProcessLock } from '../../src/disk/process-lock.js';
import { startProgram } from '../archive/child-program.js';
import { CHAT } from '../archive/sample-message.js';
import { temporaryDirectory } from '../archive/temporary-directory.js';

describe('a lock of a process', () => {
  it('refuses a second one and names the first, until that is killed', async () => {
    const lockFile = join(temporaryDirectory(), 'a.lock');
    const holder = startProgram('lock-holder', lockFile);
    expect(await holder.nextLine()).toBe('taken');

    expect(() => ProcessLock.take(lockFile, 'The thing')).toThrow(
      expect.objectContaining({
        code: 'LOCKED',
        message: expect.stringContaining(`The thing is in use by process ${holder.pid} on`) as string,
      }),
    );
    await holder.kill();
    using lock = ProcessLock.take(lockFile, 'The thing');
    expect(lock).toBeDefined();
  });

  it('has one winner among processes that start at once over a damaged lock file, round after round', async () => {
    const lockFile = join(temporaryDirectory(), 'a.lock');
    for (let round = 0; round < 3; round += 1) {
      writeFileSync(lockFile, 'what a power cut may leave of a file that was never synced');
      const holders = Array.from({ length: 4 }, () => startProgram('lock-holder', lockFile));
      const words = await Promise.all(holders.map((holder) => holder.nextLine()));
      expect(words.filter((word) => word === 'taken')).toHaveLength(1);
      await Promise.all(holders.map((holder) => holder.kill()));
    }
  });

  it('says so when its file cannot be made', () => {
    expect(() => ProcessLock.take(join(temporaryDirectory(), 'missing', 'a.lock'), 'The thing')).toThrow(
      expect.objectContaining({ code: 'FILE_SYSTEM' }),
    );
  });
});

describe('the lock of an archive', () => {
  it('refuses a second writer in the same process too', async () => {
    const directory = temporaryDirectory();
    using first = await Archive.open(directory);

    await expect(Archive.open(directory)).rejects.toMatchObject({
      code: 'LOCKED',
      message: expect.stringContaining(`${directory} is in use by process ${process.pid} on`) as string,
    });
    first.placeChat(CHAT);
    expect(first.chats()).toHaveLength(1);
  });

  it('is free again as soon as the archive is closed', async () => {
    const directory = temporaryDirectory();
    for (let round = 0; round < 20; round += 1) {
      using archive = await Archive.open(directory);
      expect(archive.directory).toBe(directory);
    }
  });

  it('lets exactly one of many in', async () => {
    const directory = temporaryDirectory();
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => Archive.open(directory)));
    const opened = results.filter((result) => result.status === 'fulfilled');

    expect(opened).toHaveLength(1);
    for (const { value } of opened) value.close();
  });

  it('is not needed to read', async () => {
    const directory = temporaryDirectory();
    using writer = await Archive.open(directory);
    writer.placeChat(CHAT);
    using reader = await Archive.open(directory, { readOnly: true });

    expect(reader.chats()).toEqual(writer.chats());
  });
});
