import { describe, expect, it } from 'vitest';

import { Archive } from '../../src/archive/archive.js';
import { startProgram } from './child-program.js';
import { CHAT } from './sample-message.js';
import { temporaryDirectory } from './temporary-directory.js';

describe('the lock of an archive', () => {
  it('refuses a second writer and names the first, until that is gone', async () => {
    const directory = temporaryDirectory();
    const holder = startProgram('lock-holder', directory);
    await holder.nextLine();

    await expect(Archive.open(directory)).rejects.toMatchObject({
      code: 'LOCKED',
      message: expect.stringContaining(`process ${holder.pid} on`) as string,
    });
    await holder.kill();
    using archive = await Archive.open(directory);
    expect(archive.chats()).toEqual([]);
  });

  it('refuses a second writer in the same process too', async () => {
    const directory = temporaryDirectory();
    using first = await Archive.open(directory);

    await expect(Archive.open(directory)).rejects.toMatchObject({ code: 'LOCKED' });
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
