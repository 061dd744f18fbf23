import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';

import { type ProcessedMedia, processMedia } from '../../src/app/process-media.js';
import { temporaryDirectory } from '../archive/temporary-directory.js';
import { Bystander, describeEntry, PLANTED, type Planted } from '../disk/planted.js';

let picture: Buffer;
beforeAll(async () => {
  picture = await sharp({ create: { width: 400, height: 300, channels: 3, background: 'teal' } })
    .png()
    .toBuffer();
});

interface Place {
  readonly out: string;
  /** `sub/p.png`, absolute. */
  readonly file: string;
  readonly bystander: Bystander;
}

function place(): Place {
  const base = temporaryDirectory();
  const bystander = new Bystander(join(base, 'of-others'));
  const file = join(base, 'sub', 'p.png');
  mkdirSync(join(base, 'sub'));
  writeFileSync(file, picture);
  return { out: join(base, 'out'), file, bystander };
}

async function process({ out, file }: Place): Promise<ProcessedMedia> {
  for await (const result of processMedia([{ path: file, name: 'sub/p.png' }], { out, workers: 1 })) return result;
  throw new RangeError('no result');
}

/** Of each kind one, where every run starts a worker. */
const SOME = PLANTED.filter(({ title }) =>
  ['a link to a file', 'a FIFO', 'a hard link', 'a folder with a file'].includes(title),
);

/** Only files of ours stand in for files, only folders for folders. */
function isOwnKind({ kind }: Planted, isFolder: boolean): boolean {
  return isFolder ? kind === 'folder' : kind === 'file';
}

describe('an output folder', () => {
  it.each([
    { path: '.chatferry', isFolder: true },
    { path: '.chatferry/partial', isFolder: true },
    { path: '.chatferry/partial/1', isFolder: true },
    { path: '.chatferry/partial/1/p.thumb.webp', isFolder: false },
    { path: '.chatferry/lock', isFolder: false },
    { path: '.chatferry/made.db', isFolder: false },
    { path: '.chatferry/made.db-wal', isFolder: false },
    { path: '.chatferry/made.db-journal', isFolder: false },
  ])('with anything of others at $path is refused by that name, and nothing is touched', async ({ path, isFolder }) => {
    for (const planted of PLANTED) {
      // SQLite and the lock judge files themselves; a derivative that is half made may have any number of names.
      if (isOwnKind(planted, isFolder) || (path.endsWith('.webp') && planted.kind === 'hard link')) continue;
      const found = place();
      const name = join(found.out, path);
      mkdirSync(join(name, '..'), { recursive: true });
      planted.plant(name, found.bystander);
      const before = describeEntry(name);
      const why = `${planted.title} at ${path}`;
      const end = await process(found).catch((error: unknown) => error);
      expect([why, end]).toMatchObject([why, { code: 'FILE_SYSTEM' }]);
      expect([why, String(end)]).toEqual([why, expect.stringContaining(`${name} is `)]);
      expect([why, describeEntry(name)]).toEqual([why, before]);
      expect([why, found.bystander.changes()]).toEqual([why, '']);
    }
  });

  it.each(SOME)('makes nothing over $title that has the name of what it would make', async (planted) => {
    const found = place();
    mkdirSync(join(found.out, 'sub'), { recursive: true });
    const name = join(found.out, 'sub', 'p.thumb.webp');
    planted.plant(name, found.bystander);
    const before = describeEntry(name);
    const { derivatives } = (await process(found)) as Extract<ProcessedMedia, { state: 'done' }>;
    expect(derivatives.map(({ path }) => path)).toEqual([
      expect.stringMatching(/sub.p-[0-9a-f]{8}\.thumb\.webp$/) as string,
    ]);
    expect(describeEntry(name)).toBe(before);
    expect(found.bystander.changes()).toBe('');
  });

  it.each(SOME)('does not take $title for what it has made there', async (planted) => {
    const found = place();
    await process(found);
    const name = join(found.out, 'sub', 'p.thumb.webp');
    rmSync(name);
    planted.plant(name, found.bystander);
    const before = describeEntry(name);
    const end = await process(found);
    if (['file', 'hard link'].includes(planted.kind)) {
      expect(end).toMatchObject({ state: 'done', derivatives: [{ path: name, sizeBytes: statSync(name).size }] });
    } else {
      expect(end).toMatchObject({ state: 'failed', code: 'FILE_SYSTEM' });
      expect((end as Extract<ProcessedMedia, { state: 'failed' }>).reason).toContain(`${name} is `);
      expect(describeEntry(name)).toBe(before);
    }
    expect(found.bystander.changes()).toBe('');
  });

  it.each(SOME.filter(({ kind }) => kind !== 'folder'))(
    'makes nothing behind $title in the place of a folder',
    async (planted) => {
      const found = place();
      mkdirSync(found.out);
      planted.plant(join(found.out, 'sub'), found.bystander);
      const end = await process(found);
      expect(end).toMatchObject({ state: 'failed', code: 'FILE_SYSTEM' });
      expect(found.bystander.changes()).toBe('');
    },
  );

  it('may be a link itself, and is the same folder by either name', async () => {
    const found = place();
    const real = join(found.out, '..', 'real');
    mkdirSync(real);
    symlinkSync(real, found.out, 'junction');
    const made = join(found.out, 'sub', 'p.thumb.webp');
    expect(await process(found)).toMatchObject({ state: 'done', derivatives: [{ path: made }] });
    expect(readdirSync(join(real, 'sub'))).toEqual(['p.thumb.webp']);
    expect(await process(found)).toMatchObject({ wasMade: true });
  });

  it('keeps what is not its own among files on their way', async () => {
    const found = place();
    mkdirSync(join(found.out, '.chatferry', 'partial', '1'), { recursive: true });
    const theirs = ['notes.txt', '1/notes.txt', 'a.thumb.webp'].map((name) =>
      join(found.out, '.chatferry', 'partial', name),
    );
    for (const path of theirs) writeFileSync(path, 'of others');
    writeFileSync(join(found.out, '.chatferry', 'partial', '1', 'old.thumb.webp'), 'left by a run that was killed');
    await process(found);
    expect(theirs.map(describeEntry)).toEqual(theirs.map(() => 'file of of others'));
    expect(readdirSync(join(found.out, '.chatferry', 'partial', '1'))).toEqual(['notes.txt']);
  });

  it.skipIf(globalThis.process.platform === 'win32')(
    'shows what it makes to nobody who may not read the original',
    async () => {
      const found = place();
      chmodSync(found.file, 0o640);
      await process(found);
      const modeOf = (name: string): number => statSync(join(found.out, name)).mode & 0o777;
      expect(modeOf('sub/p.thumb.webp') & ~0o640).toBe(0);
      expect(modeOf('.chatferry')).toBe(0o700);
    },
  );
});
