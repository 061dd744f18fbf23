import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { replaceFile, writeDurably, writeSynced } from '../../src/disk/durable-file.js';
import { linkOrCopy } from '../../src/disk/link-or-copy.js';
import { createOwnFile, openOwnFile, readOwnFile, removeOwnFile } from '../../src/disk/own-file.js';
import { emptyOwnFolder, makeOwnFolder, removeEmptyFolder } from '../../src/disk/tree-folder.js';
import { OwnTree } from '../../src/disk/own-tree.js';
import { temporaryDirectory } from '../archive/temporary-directory.js';
import { Bystander, describeEntry, PLANTED, type Planted } from './planted.js';

const REFUSED = { code: 'FILE_SYSTEM' };

interface Place {
  readonly path: string;
  readonly root: string;
  readonly bystander: Bystander;
}

function placeWith({ plant }: Planted, name = 'name'): Place {
  const base = temporaryDirectory();
  const root = join(base, 'ours');
  mkdirSync(root);
  const bystander = new Bystander(join(base, 'of-others'));
  const path = join(root, name);
  plant(path, bystander);
  return { path, root, bystander };
}

/** Every way to do something to a file of ours. Each ends with "written" in it, or without it. */
const ON_FILES: readonly {
  readonly title: string;
  /** Kinds that are no reason to refuse. */
  readonly takes: readonly Planted['kind'][];
  readonly act: (place: Place) => Promise<void>;
}[] = [
  {
    title: 'makes a file',
    takes: ['file', 'hard link'],
    act: async ({ path }) => {
      await using file = await createOwnFile(path);
      await file.writeFile('written');
    },
  },
  { title: 'writes a file in one go', takes: ['file', 'hard link'], act: ({ path }) => writeSynced(path, 'written') },
  { title: 'writes a file durably', takes: ['file', 'hard link'], act: ({ path }) => writeDurably(path, 'written') },
  {
    title: 'opens a file to write',
    takes: ['file'],
    act: async ({ path }) => {
      await using file = await openOwnFile(path, { writes: true });
      await file.writeFile('written');
    },
  },
  {
    title: 'puts a file in place',
    takes: ['file', 'hard link'],
    act: async ({ root, path }) => {
      writeFileSync(join(root, 'new'), 'written');
      await replaceFile(join(root, 'new'), path);
    },
  },
  {
    title: 'gives a file a second name',
    takes: ['file', 'hard link'],
    act: async ({ root, path }) => {
      writeFileSync(join(root, 'other'), 'written');
      await linkOrCopy(join(root, 'other'), path);
    },
  },
];

describe.each(ON_FILES)('what $title', ({ takes, act }) => {
  it.each(PLANTED)('touches nothing else where there is $title', async (planted) => {
    const place = placeWith(planted);
    const before = describeEntry(place.path);
    if (takes.includes(planted.kind)) {
      await act(place);
      expect(readFileSync(place.path, 'utf8')).toMatch(/^written/);
    } else {
      await expect(act(place)).rejects.toMatchObject({
        ...REFUSED,
        message: expect.stringContaining(`${place.path} is `) as string,
      });
      expect(describeEntry(place.path)).toBe(before);
    }
    expect(place.bystander.changes()).toBe('');
  });
});

it.each(PLANTED)(
  'writes durably over $title in the place aside, or refuses it, and touches nothing else',
  async (planted) => {
    const { root, path, bystander } = placeWith(planted, '.report.json.partial');
    const report = join(root, 'report.json');
    writeFileSync(report, 'before');
    if (['file', 'hard link'].includes(planted.kind)) {
      await writeDurably(report, 'written');
      expect(readFileSync(report, 'utf8')).toBe('written');
    } else {
      const before = describeEntry(path);
      await expect(writeDurably(report, 'written')).rejects.toMatchObject(REFUSED);
      expect(readFileSync(report, 'utf8')).toBe('before');
      expect(describeEntry(path)).toBe(before);
    }
    expect(bystander.changes()).toBe('');
  },
);

describe('removing a file of ours', () => {
  it.each(PLANTED)('takes away one name, or refuses $title', async (planted) => {
    const { path, bystander } = placeWith(planted);
    const before = describeEntry(path);
    if (['file', 'hard link'].includes(planted.kind)) {
      await removeOwnFile(path);
      expect(describeEntry(path)).toBe('nothing');
    } else {
      await expect(removeOwnFile(path)).rejects.toMatchObject(REFUSED);
      expect(describeEntry(path)).toBe(before);
    }
    expect(bystander.changes()).toBe('');
  });

  it('does nothing where there is none', async () => {
    await removeOwnFile(join(temporaryDirectory(), 'no', 'name'));
  });
});

describe('reading a file of ours', () => {
  it.each(PLANTED)('gives nothing of $title that is no file', async (planted) => {
    const { path, bystander } = placeWith(planted);
    const isFile = ['file', 'hard link'].includes(planted.kind);
    expect((await readOwnFile(path, 100))?.toString()).toBe(
      isFile ? (planted.kind === 'file' ? 'of others' : 'precious') : undefined,
    );
    if (!isFile) await expect(openOwnFile(path)).rejects.toMatchObject(REFUSED);
    expect(bystander.changes()).toBe('');
  });

  it('gives nothing of a file that is larger than it may be', async () => {
    const path = join(temporaryDirectory(), 'name');
    writeFileSync(path, '12345');
    expect(await readOwnFile(path, 4)).toBeUndefined();
    expect((await readOwnFile(path, 5))?.toString()).toBe('12345');
  });
});

describe('a folder of ours', () => {
  it.each(PLANTED)('is made where there is none, and is none where there is $title', async (planted) => {
    for (const below of ['name', 'name/deeper', 'name/deeper/still']) {
      const { root, path, bystander } = placeWith(planted);
      const before = describeEntry(path);
      const made = makeOwnFolder(root, join(root, below));
      if (planted.kind === 'folder') await made;
      else {
        await expect(made).rejects.toMatchObject({
          ...REFUSED,
          message: expect.stringContaining(`${path} is `) as string,
        });
        expect(describeEntry(path)).toBe(before);
      }
      expect(bystander.changes()).toBe('');
    }
  });

  it.each(PLANTED)('is not emptied and not removed where there is $title', async (planted) => {
    const { path, bystander } = placeWith(planted);
    const before = describeEntry(path);
    if (planted.kind === 'folder') {
      expect(await emptyOwnFolder(path, (name) => name.endsWith('.part'))).toEqual(['of-others.txt']);
      await removeEmptyFolder(path); // It is not empty.
    } else {
      await expect(emptyOwnFolder(path, () => true)).rejects.toMatchObject(REFUSED);
      await expect(removeEmptyFolder(path)).rejects.toMatchObject(REFUSED);
    }
    expect(describeEntry(path)).toBe(before);
    expect(bystander.changes()).toBe('');
  });

  it.each(PLANTED)('is emptied of files of ours alone, never of $title that is no file', async (planted) => {
    const { root, path, bystander } = placeWith(planted);
    writeFileSync(join(root, 'another'), '');
    const before = describeEntry(path);
    const isFile = ['file', 'hard link'].includes(planted.kind);
    const emptied = emptyOwnFolder(root, (name) => name === 'name');
    if (isFile) expect(await emptied).toEqual(['another']);
    else await expect(emptied).rejects.toMatchObject(REFUSED);
    expect(describeEntry(path)).toBe(isFile ? 'nothing' : before);
    expect(describeEntry(join(root, 'another'))).toBe('file of ');
    expect(bystander.changes()).toBe('');
  });

  it('that is a link is no place for any file: none is made, opened, moved there or removed', async () => {
    const base = temporaryDirectory();
    const bystander = new Bystander(join(base, 'of-others'));
    const link = join(base, 'link');
    symlinkSync(bystander.folder, link, 'junction');
    writeFileSync(join(base, 'new'), 'written');
    for (const act of [
      () => createOwnFile(join(link, 'new')),
      () => openOwnFile(join(link, 'precious.txt')),
      () => removeOwnFile(join(link, 'precious.txt')),
      () => replaceFile(join(base, 'new'), join(link, 'precious.txt')),
      () => writeDurably(join(link, 'new'), ''),
      () => linkOrCopy(join(base, 'new'), join(link, 'precious.txt')),
    ]) {
      await expect(act()).rejects.toThrow(`${link} is a link to`);
    }
    expect(bystander.changes()).toBe('');
  });

  it('that the user chose may be a link', async () => {
    const base = temporaryDirectory();
    mkdirSync(join(base, 'chosen'));
    symlinkSync(join(base, 'chosen'), join(base, 'link'), 'junction');
    const path = join(base, 'link', 'name');
    const options = { isFolderChosen: true };
    await (await createOwnFile(path, { ...options, mode: 0o600 })).close();
    await (await openOwnFile(path, options)).close();
    await removeOwnFile(path, options);
    expect(describeEntry(join(base, 'chosen'))).toBe('folder of ');
  });

  it('is reached where no link is on the way, at any depth', async () => {
    const base = temporaryDirectory();
    const bystander = new Bystander(join(base, 'of-others'));
    mkdirSync(join(base, 'root', 'media', 'photos'), { recursive: true });
    symlinkSync(join(bystander.folder, 'below'), join(base, 'root', 'linked'), 'junction');
    symlinkSync(join(base, 'root'), join(base, 'door'), 'junction');
    for (const path of ['a.jpg', 'media/photos/a.jpg']) writeFileSync(join(base, 'root', path), 'abc');
    const tree = new OwnTree(join(base, 'root'));
    for (const [path, isReached] of [
      ['a.jpg', true],
      ['media/photos/a.jpg', true],
      ['linked/deep.txt', false],
      ['linked/documents/x.bin', false],
      ['gone/x.bin', false],
    ] as const) {
      for (let time = 0; time < 2; time += 1) {
        expect([path, await tree.reaches(join(base, 'root', path))]).toEqual([path, isReached]);
        expect([path, tree.fileSizeSync(join(base, 'root', path))]).toEqual([path, isReached ? 3 : undefined]);
      }
    }
    expect(await new OwnTree(join(base, 'door')).reaches(join(base, 'door', 'a.jpg'))).toBe(false);
  });
});

describe.skipIf(process.platform === 'win32')('permissions', () => {
  /** By what a file gets that may get all: Node cannot be asked for the umask alone. */
  const umaskIn = (folder: string): number => {
    mkdirSync(join(folder, 'open'), { mode: 0o777 });
    return 0o777 & ~modeOf(join(folder, 'open'));
  };
  const modeOf = (path: string): number => statSync(path).mode & 0o777;

  it('of a file are never more than those of its folder', async () => {
    const base = temporaryDirectory();
    const umask = umaskIn(base);
    for (const [folderMode, fileMode] of [
      [0o700, 0o600],
      [0o750, 0o640],
      [0o755, 0o644],
      [0o711, 0o600],
    ] as const) {
      const folder = join(base, folderMode.toString(8));
      mkdirSync(folder);
      chmodSync(folder, folderMode);
      await (await createOwnFile(join(folder, 'made'))).close();
      await writeDurably(join(folder, 'durable'), '');
      writeFileSync(join(base, 'moved'), '');
      chmodSync(join(base, 'moved'), 0o644);
      await replaceFile(join(base, 'moved'), join(folder, 'moved'));
      for (const name of ['made', 'durable', 'moved']) {
        expect([name, modeOf(join(folder, name))]).toEqual([name, fileMode & ~umask]);
      }
      await makeOwnFolder(folder, join(folder, 'deeper', 'still'));
      for (const name of ['deeper', 'deeper/still']) {
        expect([name, modeOf(join(folder, name))]).toEqual([name, (folderMode | 0o700) & ~umask]);
      }
    }
  });

  it('of a second name are those of the first', async () => {
    const base = temporaryDirectory();
    writeFileSync(join(base, 'first'), 'x');
    chmodSync(join(base, 'first'), 0o600);
    await linkOrCopy(join(base, 'first'), join(base, 'second'));
    expect(modeOf(join(base, 'second'))).toBe(0o600);
  });
});
