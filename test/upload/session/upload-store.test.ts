import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { UploadStore } from '../../../src/upload/session/upload-store.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chatferry-store-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const names = (): readonly string[] => readdirSync(folder).filter((name) => name.startsWith('.run-'));

describe('The store of uploads', () => {
  it('gives a session to one run at a time, and names it to the second', () => {
    using first = new UploadStore(folder);
    using second = new UploadStore(folder);
    first.claim('film');
    expect(() => second.claim('film')).toThrow(/session film is in use by another run/);
    second.claim('other');
    first.release('film');
    second.claim('film');
    expect(() => first.claim('film')).toThrow(/film/);
  });

  it.skipIf(process.platform === 'win32')('is readable by its owner only, also where an earlier one was not', () => {
    const modes = (): readonly string[] =>
      ['uploads.db', 'uploads.db-wal', 'uploads.db-shm'].map((name) =>
        (statSync(join(folder, name)).mode & 0o777).toString(8),
      );
    const first = new UploadStore(folder);
    expect(modes()).toEqual(['600', '600', '600']);
    for (const name of ['uploads.db', 'uploads.db-wal', 'uploads.db-shm']) chmodSync(join(folder, name), 0o644);
    using second = new UploadStore(folder);
    expect(modes()).toEqual(['600', '600', '600']);
    second.claim('film');
    expect(() => first.claim('film')).toThrow(/in use by another run/);
    first[Symbol.dispose]();
  });

  it('gives a session to one file of a run at a time', () => {
    using store = new UploadStore(folder);
    store.claim('film');
    expect(() => store.claim('film')).toThrow(/named twice/);
    store.release('film');
    store.claim('film');
  });

  it('keeps a session of another process, and takes it over when that one was killed', async () => {
    const child = fork(join(import.meta.dirname, 'session-holder.ts'), [folder, 'film'], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    await once(child, 'message');
    {
      using store = new UploadStore(folder);
      expect(() => store.claim('film')).toThrow(/in use by another run/);
    }
    expect(names().filter((name) => name.includes('.spool-'))).toHaveLength(1);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(names()).toHaveLength(2);
    {
      using store = new UploadStore(folder);
      store.claim('film');
      expect(names()).toHaveLength(1);
    }
    expect(names()).toEqual([]);
  });

  it('leaves nothing of a run that has ended, and nothing beside a run that was asked for in vain', () => {
    {
      using store = new UploadStore(folder);
      store.claim('film');
    }
    expect(names()).toEqual([]);
    using store = new UploadStore(folder);
    store.claim('film');
    expect(names()).toHaveLength(1);
  });

  it.skipIf(process.platform === 'win32')(
    'follows no link, and removes no file, that has the name of a lock or spool',
    () => {
      const id = '00000000-0000-4000-8000-000000000000';
      const canary = join(folder, 'canary');
      mkdirSync(canary);
      writeFileSync(join(canary, 'file'), 'mine');
      symlinkSync(join(canary, 'file'), join(folder, `.run-${id}.lock`));
      symlinkSync(canary, join(folder, `.run-${id.replace('8', '9')}.spool-x`));
      writeFileSync(join(folder, `.run-${id.replace('4', '5')}.lock`), 'a note of mine');
      {
        using store = new UploadStore(folder);
        store.claim('film');
      }
      expect(names()).toHaveLength(3);
      expect(readdirSync(canary)).toEqual(['file']);
    },
  );

  it('remembers where a file is until the store forgets it, in every form', () => {
    using store = new UploadStore(folder);
    const file = { name: 'a.txt', sizeBytes: 5, address: 'https://x/a.txt', id: 'a' };
    store.remember({ target: 't', sha256: 'hash' }, { ...file, expiresAtMs: 1000 }, 1);
    expect(store.find({ target: 't', sha256: 'hash', name: 'a.txt' }, 999)).toEqual({ ...file, expiresAtMs: 1000 });
    expect(store.find({ target: 't', sha256: 'hash', name: 'a.txt' }, 1000)).toBeUndefined();
    expect(store.find({ target: 't', sha256: 'hash', name: 'b.txt' }, 1)).toBeUndefined();
    expect(store.find({ target: 'u', sha256: 'hash', name: 'a.txt' }, 1)).toBeUndefined();
    const stored = { encoding: 'gzip', sizeBytes: 3, sha256: 'other' } as const;
    store.remember({ target: 't', sha256: 'hash' }, { ...file, stored }, 2);
    expect(store.find({ target: 't', sha256: 'hash', name: 'a.txt' }, 5000)).toEqual({ ...file, stored });
    store.forget('t', 'hash', 'a.txt');
    expect(store.find({ target: 't', sha256: 'hash', name: 'a.txt' }, 1)).toBeUndefined();
  });

  it('keeps the MD5 of a file for the target that needs it, as long as its bytes are the same', () => {
    using store = new UploadStore(folder);
    const mark = { sizeBytes: 5, modifiedNs: '1', inode: '2' };
    store.noteDigest('/a', mark, { sha256: 'one', md5: 'sum' });
    store.noteDigest('/a', { ...mark, modifiedNs: '3' }, { sha256: 'one' });
    expect(store.digestOf('/a', { ...mark, modifiedNs: '3' })).toEqual({ sha256: 'one', md5: 'sum' });
    store.noteDigest('/a', mark, { sha256: 'two' });
    expect(store.digestOf('/a', mark)).toEqual({ sha256: 'two' });
  });
});
