import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { SessionFile } from '../../../../src/source/telegram/login/session-file.js';
import { isRootOfLinux } from '../../../cli/run-chatferry.js';
import { Canary, HOSTILE_ENTRIES } from '../../../disk/hostile-entries.js';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chatferry-session-'));
  path = join(folder, 'private', 'telegram.session');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const onPosix = it.skipIf(process.platform === 'win32');

describe('a session file', () => {
  it('returns the text that was written', async () => {
    await using file = await SessionFile.open(path);
    expect(await file.read()).toBeUndefined();
    await file.write('1first');
    await file.write('1second');
    expect(await file.read()).toBe('1second');
    expect((await readdir(join(folder, 'private'))).toSorted()).toEqual(['telegram.session', 'telegram.session.lock']);
  });

  onPosix('is readable by its owner only, in a folder of its own', async () => {
    await using file = await SessionFile.open(path);
    await file.write('1text');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'private'))).mode & 0o777).toBe(0o700);
  });

  onPosix('tightens a file that others could read, and leaves the folder that was there as it is', async () => {
    await mkdir(join(folder, 'private'), { mode: 0o755 });
    await writeFile(path, '1text');
    await chmod(path, 0o644);
    await using file = await SessionFile.open(path);
    expect(await file.read()).toBe('1text');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'private'))).mode & 0o777).toBe(0o755);
  });

  onPosix.each([0o757, 0o777])('is refused in a folder of mode %o, to which others may write', async (mode) => {
    await mkdir(join(folder, 'private'));
    await chmod(join(folder, 'private'), mode);
    await expect(SessionFile.open(path)).rejects.toMatchObject({
      code: 'FILE_SYSTEM',
      message: expect.stringContaining(`chmod go-w '${join(folder, 'private')}'`) as string,
    });
    expect((await stat(join(folder, 'private'))).mode & 0o777).toBe(mode);
    expect(await readdir(join(folder, 'private'))).toEqual([]);
  });

  it.skipIf(!isRootOfLinux)(
    'is refused in a folder that a group may write to, unless its user is the only member',
    async () => {
      await mkdir(join(folder, 'private'));
      await chmod(join(folder, 'private'), 0o775);
      await chown(join(folder, 'private'), 0, 4321);
      await expect(SessionFile.open(path)).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
      await chown(join(folder, 'private'), 0, 0);
      await (await SessionFile.open(path)).close();
    },
  );

  it.skipIf(!isRootOfLinux)('is refused in a folder of another user, and where another user made it', async () => {
    await mkdir(join(folder, 'private'));
    await writeFile(path, '1text');
    await chown(path, 4321, 4321);
    const planted = {
      code: 'FILE_SYSTEM',
      message: expect.stringContaining('belongs to another user (4321)') as string,
    };
    await expect(SessionFile.open(path)).rejects.toMatchObject(planted);
    await chown(path, 0, 0);
    await chown(join(folder, 'private'), 4321, 4321);
    await expect(SessionFile.open(path)).rejects.toMatchObject(planted);
    expect(await readFile(path, 'utf8')).toBe('1text');
  });

  onPosix.each(HOSTILE_ENTRIES)('is refused when it is %s, which stays as it is', async (entry) => {
    await mkdir(join(folder, 'private'));
    const canary = new Canary(join(folder, 'outside'));
    canary.put(entry, path);
    const use = async (): Promise<void> => {
      await using file = await SessionFile.open(path);
      await file.read();
    };
    await expect(use()).rejects.toMatchObject({
      code: 'FILE_SYSTEM',
      message: expect.stringContaining(path) as string,
    });
    expect(canary.state()).toBe(canary.before);
  });

  onPosix.each(HOSTILE_ENTRIES.filter((entry) => !entry.includes('file of') && entry !== 'a huge file'))(
    'is not written if %s has replaced it meanwhile, which stays unchanged',
    async (entry) => {
      await using file = await SessionFile.open(path);
      const canary = new Canary(join(folder, 'outside'));
      canary.put(entry, path);
      await expect(file.write('1text')).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
      await expect(file.read()).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
      expect(canary.state()).toBe(canary.before);
      expect((await readdir(join(folder, 'private'))).toSorted()).toEqual([
        'telegram.session',
        'telegram.session.lock',
      ]);
    },
  );

  onPosix.each(['a link to a file', 'a link that leads nowhere', 'a FIFO', 'a folder'] as const)(
    'is refused if %s is at its temporary path',
    async (entry) => {
      await mkdir(join(folder, 'private'));
      const canary = new Canary(join(folder, 'outside'));
      canary.put(entry, join(folder, 'private', '.telegram.session.partial'));
      await expect(SessionFile.open(path)).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
      expect(canary.state()).toBe(canary.before);
    },
  );

  it('removes the temporary file of a killed run', async () => {
    await mkdir(join(folder, 'private'));
    await writeFile(join(folder, 'private', '.telegram.session.partial'), '1secret');
    await using file = await SessionFile.open(path);
    expect(await file.read()).toBeUndefined();
    expect(await readdir(join(folder, 'private'))).toEqual(['telegram.session.lock']);
  });

  onPosix('leaves a folder alone that all share, such as /tmp', async () => {
    await mkdir(join(folder, 'private'));
    await chmod(join(folder, 'private'), 0o1777);
    await using file = await SessionFile.open(path);
    await file.write('1text');
    expect((await stat(join(folder, 'private'))).mode & 0o7777).toBe(0o1777);
  });

  it('refuses a second user and names the first', async () => {
    await using file = await SessionFile.open(path);
    await expect(SessionFile.open(file.path)).rejects.toMatchObject({
      code: 'LOCKED',
      message: expect.stringContaining(`process ${process.pid}`) as string,
    });
  });

  it('can be opened again after it was closed', async () => {
    await (await SessionFile.open(path)).close();
    await using again = await SessionFile.open(path);
    expect(again.path).toBe(path);
  });

  it('can be opened by only one of many concurrent processes', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => SessionFile.open(path)));
    const winners = outcomes.filter(({ status }) => status === 'fulfilled');
    expect(winners).toHaveLength(1);
    for (const outcome of outcomes) if (outcome.status === 'fulfilled') await outcome.value.close();
    await using again = await SessionFile.open(path);
    expect(again.path).toBe(path);
  });

  it('does not exist after it was removed', async () => {
    await using file = await SessionFile.open(path);
    await file.write('1text');
    await file.remove();
    expect(await file.read()).toBeUndefined();
  });

  it('fails with a message if its path cannot be used', async () => {
    await writeFile(join(folder, 'private'), 'a file where the folder should be');
    await expect(SessionFile.open(path)).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
  });
});
