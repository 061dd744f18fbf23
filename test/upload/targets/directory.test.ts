import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { DirectoryTarget } from '../../../src/upload/targets/directory.js';
import type { UploadedFile } from '../../../src/upload/uploaded-file.js';
import type { UploadTarget } from '../../../src/upload/upload-target.js';
import { changedTarget } from './changed-target.js';
import { testRun } from '../upload-run.js';
import type { FarEnd } from './far-end.js';
import { SuiteStage } from './suite/suite-stage.js';
import { describeTarget } from './target-suite.js';

describeTarget({
  name: 'A directory',
  partBytes: 65_536,
  lacks: ['fill'],
  openFarEnd: () => Promise.resolve(new DirectoryFarEnd()),
});

if (process.platform !== 'win32') {
  it('a folder has files for those who may read the source, and for no others', async () => {
    await using stage = await SuiteStage.open({
      name: 'A directory',
      partBytes: 65_536,
      openFarEnd: () => Promise.resolve(new DirectoryFarEnd()),
    });
    const [mine, everybodys] = [stage.make('mine.txt', 1000), stage.make('everybodys.txt', 200_000)];
    chmodSync(mine.path, 0o600);
    chmodSync(everybodys.path, 0o644);
    const { files } = await stage.upload([mine, everybodys]);
    const mayBeReadByOthers = files.map(
      (file) => file.state !== 'failed' && (statSync(file.remoteId).mode & 0o077) !== 0,
    );
    expect(mayBeReadByOthers).toEqual([false, (statSync(everybodys.path).mode & 0o077) !== 0]);
  });
}

it('a folder has files with the times of their sources, read-only ones as well', async () => {
  await using stage = await SuiteStage.open({
    name: 'A directory',
    partBytes: 65_536,
    openFarEnd: () => Promise.resolve(new DirectoryFarEnd()),
  });
  const items = [stage.make('old.txt', 1000), stage.make('older.txt', 200_000), stage.make('empty.txt', 0)];
  for (const [index, { path }] of items.entries()) {
    utimesSync(path, modifiedAt(index), modifiedAt(index));
    chmodSync(path, 0o444);
  }
  const { files } = await stage.upload(items);
  expect(files.map(({ state }) => state)).toEqual(['uploaded', 'uploaded', 'uploaded']);
  const times = files.map((file) => (file.state === 'failed' ? undefined : statSync(file.remoteId).mtimeMs));
  expect(times).toEqual(items.map((_, index) => modifiedAt(index).getTime()));
});

it('a folder keeps a file that is the source itself by another name, and both are named', async () => {
  await using stage = await SuiteStage.open({
    name: 'A directory',
    partBytes: 65_536,
    openFarEnd: () => Promise.resolve(new DirectoryFarEnd()),
  });
  const [same, other] = [stage.make('same.txt', 1000), stage.make('other.txt', 1000)];
  const root = stage.farEnd.path;
  mkdirSync(root);
  linkSync(same.path, join(root, 'same.txt'));
  const { files } = await stage.upload([same, other]);
  expect(files).toMatchObject([{ state: 'failed', code: 'STORE_REFUSED' }, { state: 'uploaded' }]);
  expect(files[0]).toHaveProperty(
    'reason',
    expect.stringContaining(`${same.path} and ${join(root, 'same.txt')} are one`),
  );
  expect(statSync(same.path).ino).toBe(statSync(join(root, 'same.txt')).ino);
  expect(readFileSync(same.path).equals(same.content)).toBe(true);
  expect(await stage.farEnd.unfinishedCount()).toBe(0);
});

it('a file that becomes the source itself while it is sent is not replaced', async () => {
  await using stage = await SuiteStage.open({
    name: 'A directory',
    partBytes: 65_536,
    openFarEnd: () => Promise.resolve(new DirectoryFarEnd()),
  });
  const item = stage.make('same.txt', 1000);
  const there = join(stage.farEnd.path, 'same.txt');
  const linked = (target: UploadTarget): UploadTarget =>
    changedTarget(target, {
      complete: (...args) => {
        linkSync(item.path, there);
        return target.complete(...args);
      },
    });
  expect((await stage.upload([item], linked)).files).toMatchObject([{ state: 'failed' }]);
  expect(statSync(there).ino).toBe(statSync(item.path).ino);
});

function modifiedAt(index: number): Date {
  return new Date(Date.UTC(2019, 4, 1 + index, 12, 30, 15));
}

describe.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0)('A directory on a disk of its own', () => {
  it('that is full says so before a byte is written, and while it is written leaves nothing half', async (context) => {
    await using disk = mountedDisk(['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs']);
    if (disk === undefined) return context.skip('this container may not mount');
    await using stage = await SuiteStage.open({
      name: 'A full disk',
      partBytes: 65_536,
      openFarEnd: () => Promise.resolve(new DirectoryFarEnd(disk.path)),
    });
    const large = await stage.upload([stage.make('large', 3_000_000)]);
    expect(large.files).toMatchObject([{ state: 'failed', code: 'STORE_REFUSED' }]);
    expect(JSON.stringify(large.files)).toMatch(
      /3000000 bytes, and the disk .* has 10\d{5} bytes free: the disk is full/,
    );
    const item = stage.make('film', 600_000);
    const filling = await stage.upload(
      [item],
      (target) =>
        changedTarget(target, {
          sendPart: (remote, toSend, signal) => {
            if (toSend.part.index === 3) writeFileSync(join(disk.path, 'filler'), Buffer.alloc(700_000));
            return target.sendPart(remote, toSend, signal);
          },
        }),
      { most: 1 },
    );
    expect(JSON.stringify(filling.files)).toMatch(/the disk is full \(ENOSPC\).*this file starts over/);
    expect([await stage.farEnd.fileCount(), await stage.farEnd.unfinishedCount()]).toEqual([0, 0]);
    rmSync(join(disk.path, 'filler'));
    const again = await stage.upload([item]);
    expect(again.files).toMatchObject([{ state: 'uploaded' }]);
    expect((await stage.bytesOf(again.files[0]))?.equals(item.content)).toBe(true);
  });

  it('that shares blocks takes a file without writing it again', async (context) => {
    using images = temporaryFolder();
    const image = join(images.path, 'xfs');
    try {
      writeFileSync(image, '');
      truncateSync(image, 400 * 1024 * 1024);
      execFileSync('mkfs.xfs', ['-q', '-m', 'reflink=1', image]);
    } catch {
      return context.skip('there is no mkfs.xfs');
    }
    await using disk = mountedDisk(['-o', 'loop', image]);
    if (disk === undefined) return context.skip('this container may not mount');
    const source = join(disk.path, 'source');
    writeFileSync(source, randomBytes(50_000_000));
    utimesSync(source, modifiedAt(0), modifiedAt(0));
    chmodSync(source, 0o444);
    const usedBefore = statfsSync(disk.path).bavail;
    await using farEnd = new DirectoryFarEnd(disk.path);
    await using target = farEnd.open();
    using run = await testRun({ target, folder: mkdtempSync(join(disk.path, 'run-')), chosenPartBytes: 1_000_000 });
    const files = await run.upload([{ path: source, name: 'film' }]);
    expect(files).toMatchObject([{ state: 'uploaded', confirmedBy: 'sha256' }]);
    const { bavail, bsize } = statfsSync(disk.path);
    expect((usedBefore - bavail) * bsize).toBeLessThan(5_000_000);
    expect(readFileSync(filmOf(files)).equals(readFileSync(source))).toBe(true);
    expect(statSync(filmOf(files)).mtimeMs).toBe(modifiedAt(0).getTime());
  });
});

function filmOf([file]: readonly UploadedFile[]): string {
  return file === undefined || file.state === 'failed' ? '' : file.remoteId;
}

function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'chatferry-image-'));
  return {
    path,
    [Symbol.dispose]: () => {
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** A file system that is there until it is disposed of. Undefined where that is not allowed. */
function mountedDisk(args: readonly string[]): (AsyncDisposable & { readonly path: string }) | undefined {
  const path = mkdtempSync(join(tmpdir(), 'chatferry-disk-'));
  try {
    execFileSync('mount', [...args, path], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  return {
    path,
    [Symbol.asyncDispose]: () => {
      execFileSync('umount', ['-l', path]);
      rmSync(path, { recursive: true });
      return Promise.resolve();
    },
  };
}

class DirectoryFarEnd implements FarEnd {
  readonly #folder: string;

  /** @param parent - Where it is made. */
  constructor(parent: string = tmpdir()) {
    this.#folder = mkdtempSync(join(parent, 'chatferry-directory-'));
  }

  get path(): string {
    return join(this.#folder, 'out');
  }

  open(): DirectoryTarget {
    return new DirectoryTarget(this.path);
  }

  read(path: string): Promise<Buffer | undefined> {
    return Promise.resolve(existsSync(path) ? readFileSync(path) : undefined);
  }

  fileCount(): Promise<number> {
    return Promise.resolve(this.#files().filter((name) => !name.endsWith('.uploading')).length);
  }

  unfinishedCount(): Promise<number> {
    return Promise.resolve(this.#files().filter((name) => name.endsWith('.uploading')).length);
  }

  damage(path: string): Promise<void> {
    appendFileSync(path, 'x');
    return Promise.resolve();
  }

  remove(path: string): Promise<void> {
    rmSync(path);
    return Promise.resolve();
  }

  forgetUnfinished(): Promise<void> {
    for (const name of this.#files()) if (name.endsWith('.uploading')) rmSync(join(this.#folder, 'out', name));
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.#folder, { recursive: true, force: true });
    return Promise.resolve();
  }

  #files(): readonly string[] {
    return readdirSync(join(this.#folder, 'out'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.#folder.length + 5));
  }
}
