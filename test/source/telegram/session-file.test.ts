import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { SessionFile } from '../../../src/source/telegram/session-file.js';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chatferry-session-'));
  path = join(folder, 'private', 'telegram.session');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const onPosix = it.skipIf(process.platform === 'win32');

describe('a session file', () => {
  it('gives back what was written', async () => {
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

  onPosix('tightens a file and a folder that others could read', async () => {
    await mkdir(join(folder, 'private'), { mode: 0o755 });
    await writeFile(path, '1text');
    await chmod(path, 0o644);
    await using file = await SessionFile.open(path);
    expect(await file.read()).toBe('1text');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'private'))).mode & 0o777).toBe(0o700);
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

  it('is free again after it was closed', async () => {
    await (await SessionFile.open(path)).close();
    await using again = await SessionFile.open(path);
    expect(again.path).toBe(path);
  });

  it('lets one of many win that start over a lock file which a power cut has left damaged', async () => {
    await mkdir(join(folder, 'private'));
    await writeFile(`${path}.lock`, 'cut off');
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => SessionFile.open(path)));
    const winners = outcomes.filter(({ status }) => status === 'fulfilled');
    expect(winners).toHaveLength(1);
    for (const outcome of outcomes) if (outcome.status === 'fulfilled') await outcome.value.close();
    await using again = await SessionFile.open(path);
    expect(again.path).toBe(path);
  });

  it('is gone after it was removed', async () => {
    await using file = await SessionFile.open(path);
    await file.write('1text');
    await file.remove();
    expect(await file.read()).toBeUndefined();
  });

  it('says so when its place cannot be used', async () => {
    await writeFile(join(folder, 'private'), 'a file where the folder should be');
    await expect(SessionFile.open(path)).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
  });
});
