import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { requireApart } from '../../../../src/app/upload/items/apart-from-sources.js';
import { chooseUploads, type UploadChoice } from '../../../../src/app/upload/items/choose-uploads.js';
import type { ItemsOpening } from '../../../../src/app/upload/items/items-opening.js';
import { Archive } from '../../../../src/archive/archive.js';
import type { UploadItem } from '../../../../src/upload/uploaded-file.js';
import { temporaryDirectory } from '../../../archive/temporary-directory.js';
import { addChat, makeArchive, put } from './small-archive.js';

const CREW = { id: 'channel42', title: 'Harbour Crew', username: 'harbour_crew', contents: ['one', 'two'] } as const;
const NEWS = { id: 'channel43', title: 'News', contents: ['three'] } as const;
const CREW_FOLDER = 'harbour-crew-channel42';

const onPosix = it.skipIf(process.platform === 'win32');

interface Chosen {
  readonly items: readonly UploadItem[];
  readonly names: readonly string[];
  readonly notes: readonly string[];
  /** What is in the database that was named, as it is sent. */
  readonly chatsSent: readonly string[];
}

describe('what an argument of an upload means', () => {
  it('takes a folder with a database in it for an archive: what its rows name, what was rendered, the database last', async () => {
    const cwd = temporaryDirectory();
    await makeArchive(join(cwd, 'exports'), [NEWS, CREW]);
    const { names, items } = await choose({ cwd, written: ['exports'] });
    expect(names).toEqual([
      `${CREW_FOLDER}/media/documents/2026-05-01_1_note.txt`,
      `${CREW_FOLDER}/media/documents/2026-05-01_2_note.txt`,
      `${CREW_FOLDER}/result.json`,
      'news-channel43/media/documents/2026-05-01_1_note.txt',
      'news-channel43/result.json',
      'archive.db',
    ]);
    expect(items[0]?.sha256).toBe('7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed');
    expect(items.at(-1)).toMatchObject({ path: join(cwd, 'exports', 'archive.db') });
  });

  it('sends a copy of the database that has what its writer has committed, and removes it afterwards', async () => {
    const cwd = temporaryDirectory();
    await makeArchive(join(cwd, 'exports'), [CREW]);
    using writer = await Archive.open(join(cwd, 'exports'));
    addChat(writer, NEWS);
    const { items, chatsSent } = await choose({ cwd, written: ['exports'] });
    expect(chatsSent).toEqual(['channel42', 'channel43']);
    expect(existsSync(items.at(-1)?.bytesPath ?? '')).toBe(false);
    addChat(writer, { ...NEWS, id: 'channel44', title: 'Others' }); // Its writer goes on.
  });

  it('makes no copy where files are only counted, and names the same files', async () => {
    const cwd = temporaryDirectory();
    await makeArchive(join(cwd, 'exports'), [CREW]);
    const noRoom = (): Promise<never> => Promise.reject(new Error('room for a copy was asked for'));
    const listed = await choose({ cwd, written: ['exports'], isOnlyListed: true, makeSpool: noRoom });
    expect(listed.names).toEqual((await choose({ cwd, written: ['exports'] })).names);
    expect(listed.items.at(-1)?.bytesPath).toBe(join(cwd, 'exports', 'archive.db'));
    expect(existsSync(join(cwd, 'exports', 'archive.db'))).toBe(true);
    await expect(choose({ cwd, written: ['exports'], makeSpool: noRoom })).rejects.toThrow('room for a copy');
  });

  it('makes the same copy of a database that has not changed, so that a killed upload of it can go on', async () => {
    const cwd = temporaryDirectory();
    await makeArchive(join(cwd, 'exports'), [CREW]);
    const [first, second] = [await databaseBytes(cwd), await databaseBytes(cwd)];
    expect(first.equals(second)).toBe(true);
  });

  it('takes chats of the archive by every name that an export takes, and their folders', async () => {
    const cwd = temporaryDirectory();
    await makeArchive(join(cwd, 'exports'), [CREW, NEWS]);
    const spellings = ['@harbour_crew', 'https://t.me/harbour_crew', 'Harbour Crew', 'channel42', '-10042'];
    for (const written of [...spellings, `exports/${CREW_FOLDER}`, `./exports/${CREW_FOLDER}/`]) {
      const { names } = await choose({ cwd, written: [written] });
      expect(names, written).toEqual([
        `${CREW_FOLDER}/media/documents/2026-05-01_1_note.txt`,
        `${CREW_FOLDER}/media/documents/2026-05-01_2_note.txt`,
        `${CREW_FOLDER}/result.json`,
      ]);
    }
  });

  it('sends nothing twice that was named twice', async () => {
    const cwd = temporaryDirectory();
    await makeArchive(join(cwd, 'exports'), [CREW]);
    put(join(cwd, 'a.txt'), 'a');
    const written = ['@harbour_crew', 'exports', './exports', 'a.txt', './a.txt', 'Harbour Crew'];
    const { names } = await choose({ cwd, written });
    expect(names).toHaveLength(new Set(names).size);
    expect(names.filter((name) => name === 'a.txt')).toHaveLength(1);
  });

  it('refuses a word that is both a file here and a chat, and says how to write either', async () => {
    const cwd = temporaryDirectory();
    await makeArchive(join(cwd, 'exports'), [NEWS]);
    put(join(cwd, 'News'), 'a file');
    await expect(choose({ cwd, written: ['News'] })).rejects.toThrow(
      '"News" is a file here and a chat of the archive. Write ./News for the file, or channel43 for the chat.',
    );
    expect((await choose({ cwd, written: ['./News'] })).names).toEqual(['News']);
    expect((await choose({ cwd, written: ['channel43'] })).names).toContain('news-channel43/result.json');
  });

  it('needs no archive for files, and says what is missing where a word is neither', async () => {
    const cwd = temporaryDirectory();
    put(join(cwd, 'photo.jpg'), 'x');
    expect((await choose({ cwd, written: ['photo.jpg'] })).names).toEqual(['photo.jpg']);
    await expect(choose({ cwd, written: ['phto.jpg'] })).rejects.toThrow(
      /no file or folder "phto.jpg" in .*no archive in/,
    );
    for (const written of ['./ph\u{FFFD}to.jpg', 'ph\u{FFFD}to.jpg']) {
      await expect(choose({ cwd, written: [written] })).rejects.toMatchObject({
        code: 'USAGE',
        message: expect.stringContaining(`"${written}" names nothing: it is not valid UTF-8`) as string,
      });
    }
    await expect(choose({ cwd, written: ['./phto.jpg'] })).rejects.toThrow('There is no file or folder "./phto.jpg".');
    await makeArchive(join(cwd, 'exports'), [CREW]);
    await expect(choose({ cwd, written: ['Harbour Crw'] })).rejects.toThrow(
      /There is no file or folder .*Did you mean "Harbour Crew"/,
    );
  });

  it('never sends a database that is in use as it is, nor what stands beside it', async () => {
    const cwd = temporaryDirectory();
    await makeArchive(join(cwd, 'exports'), [CREW]);
    using writer = await Archive.open(join(cwd, 'exports'));
    addChat(writer, NEWS);
    const { items, chatsSent } = await choose({ cwd, written: ['exports/archive.db'] });
    expect(items.map(({ name }) => name)).toEqual(['archive.db']);
    expect(chatsSent).toEqual(['channel42', 'channel43']);
    for (const beside of ['archive.db-wal', 'archive.db-shm', 'archive.lock']) {
      await expect(choose({ cwd, written: [`exports/${beside}`] })).rejects.toThrow('Name the archive: ');
    }
  });

  it('keeps two archives, folders and files of one name apart at the far end', async () => {
    const cwd = temporaryDirectory();
    await makeArchive(join(cwd, 'one'), [CREW]);
    await makeArchive(join(cwd, 'two'), [CREW]);
    for (const place of ['a', 'b']) put(join(cwd, place, 'cover.jpg'), place);
    const { names } = await choose({ cwd, written: ['one', 'two', './a/cover.jpg', './b/cover.jpg'] });
    expect(names.filter((name) => name.includes('archive.db'))).toEqual(['archive.db', 'two/archive.db']);
    expect(names.slice(-2)).toEqual(['cover.jpg', 'cover_2.jpg']);
  });

  it('refuses a folder that has folders of chats and no database', async () => {
    const cwd = temporaryDirectory();
    put(join(cwd, 'exports', 'archive.db'), 'no database');
    await expect(choose({ cwd, written: ['exports'] })).rejects.toMatchObject({ code: 'USAGE' });
    put(join(cwd, 'exports', 'archive.db'), 'no database'.repeat(100));
    await expect(choose({ cwd, written: ['exports'] })).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
  });
});

describe('the files of a folder', () => {
  it('are all that are under it, hidden ones as well, in the order of their names', async () => {
    const cwd = temporaryDirectory();
    for (const path of ['b/2', 'b/10', 'a', '.hidden/x', 'c/d/e/f']) put(join(cwd, 'folder', path), path);
    mkdirSync(join(cwd, 'folder', 'empty'));
    const { names } = await choose({ cwd, written: ['folder'] });
    expect(names).toEqual(['folder/.hidden/x', 'folder/a', 'folder/b/10', 'folder/b/2', 'folder/c/d/e/f']);
  });

  it('keep targets out of an archive, and of one whose chat is named', async () => {
    const cwd = temporaryDirectory();
    await makeArchive(join(cwd, 'exports'), [CREW]);
    for (const written of ['./exports', CREW.title]) {
      await using chosen = await chooseUploads(choiceOf({ cwd, written: [written] }, []));
      const refuse = (folder: string) => () => requireApart([{ id: `dir:${join(cwd, folder)}` }], chosen.sources);
      for (const folder of ['exports', 'exports/not-yet/in']) {
        expect(refuse(folder)).toThrow(expect.objectContaining({ code: 'USAGE' }));
        expect(refuse(folder)).toThrow('Name a folder outside of it.');
      }
      expect(refuse('exports2')).not.toThrow();
    }
  });

  it('leave out the manifest that is written among them', async () => {
    const cwd = temporaryDirectory();
    for (const path of ['a', 'upload-manifest.json', 'sub/upload-manifest.json']) put(join(cwd, path), path);
    const { names } = await choose({ cwd, written: [cwd], leftOut: [join(cwd, 'upload-manifest.json')] });
    expect(names.map((name) => name.slice(name.indexOf('/')))).toEqual(['/a', '/sub/upload-manifest.json']);
  });

  it('leave out the folder of upload sessions, also by a link to it, and say so', async () => {
    const cwd = temporaryDirectory();
    for (const path of ['all/a', 'all/sub/.sessions/uploads.db', 'all/sub/b', 'all/sub/.sessions2/c'])
      put(join(cwd, path), path);
    symlinkSync(join(cwd, 'all'), join(cwd, 'link'), 'junction');
    const { names, notes } = await choose({ cwd, written: ['all'], sessionFolder: join(cwd, 'link/sub/.sessions') });
    expect(names).toEqual(['all/a', 'all/sub/.sessions2/c', 'all/sub/b']);
    const place = join(realpathSync(cwd), 'all', 'sub', '.sessions');
    expect(notes).toEqual([`Left out ${place}: upload sessions are kept there (UPLOAD_SESSION_DIR).`]);
  });

  it('of an archive below it are those of the archive', async () => {
    const cwd = temporaryDirectory();
    await makeArchive(join(cwd, 'all', 'exports'), [CREW]);
    put(join(cwd, 'all', 'notes.txt'), 'notes');
    const { names } = await choose({ cwd, written: ['all'] });
    expect(names).toEqual([
      `all/exports/${CREW_FOLDER}/media/documents/2026-05-01_1_note.txt`,
      `all/exports/${CREW_FOLDER}/media/documents/2026-05-01_2_note.txt`,
      `all/exports/${CREW_FOLDER}/result.json`,
      'all/exports/archive.db',
      'all/notes.txt',
    ]);
  });

  onPosix('do not follow links and open no pipes, and say how many were left out', async () => {
    const cwd = temporaryDirectory();
    put(join(cwd, 'secret'), 'secret');
    put(join(cwd, 'folder', 'file'), 'file');
    symlinkSync(join(cwd, 'secret'), join(cwd, 'folder', 'link'));
    symlinkSync(cwd, join(cwd, 'folder', 'up'));
    execFileSync('mkfifo', [join(cwd, 'folder', 'pipe')]);
    const { names, notes } = await choose({ cwd, written: ['folder'] });
    expect(names).toEqual(['folder/file']);
    expect(notes).toEqual([
      `Left out in ${join(cwd, 'folder')}: 2 links, which are not followed, and 1 that is not a file.`,
    ]);
  });

  onPosix('have safe names of their own at the far end, whatever they are called', async () => {
    const cwd = temporaryDirectory();
    const hostile = [
      '..\\..\\x',
      'CON',
      'a:b',
      'a?b',
      'A:b',
      'gpj\u202Eexe',
      '\n',
      ' ',
      '~',
      '-rf',
      '%2e%2e',
      'x'.repeat(250),
    ];
    for (const name of hostile) put(join(cwd, 'folder', name), name);
    mkdirSync(join(cwd, 'folder', 'sub:'));
    mkdirSync(join(cwd, 'folder', 'sub?'));
    for (const name of ['sub:', 'sub?']) put(join(cwd, 'folder', name, 'f'), name);
    const { names, items } = await choose({ cwd, written: ['folder'] });
    expect(names).toHaveLength(hostile.length + 2);
    expect(new Set(names.map((name) => name.normalize('NFC').toLowerCase())).size).toBe(names.length);
    for (const name of names) {
      expect(name).toMatch(/^folder\/[^/]+(?:\/f)?$/);
      expect(name.split('/').filter((part) => /^\.*$|[\p{Cc}\p{Cf}\\:?*"<>|]/u.test(part))).toEqual([]);
    }
    for (const { path } of items)
      expect(basename(path) === 'f' || readFileSync(path, 'utf8') === basename(path)).toBe(true);
  });

  it.skipIf(process.platform !== 'linux')(
    'fails what has a name that is not UTF-8, and sends no other file for it',
    async () => {
      const cwd = temporaryDirectory();
      put(join(cwd, 'folder', '\uFFFD.bin'), 'readable');
      put(join(cwd, 'folder', '\uFFFD', 'f'), 'readable');
      writeFileSync(Buffer.concat([Buffer.from(join(cwd, 'folder/')), Buffer.from('ff2e62696e', 'hex')]), 'other');
      mkdirSync(Buffer.concat([Buffer.from(join(cwd, 'folder/')), Buffer.from('ff', 'hex')]));
      const { items } = await choose({ cwd, written: ['folder'] });
      const sent = items
        .filter(({ problem }) => problem === undefined)
        .map(({ name, path }) => [name, readFileSync(path, 'utf8')]);
      expect(sent).toEqual([
        ['folder/_/f', 'readable'],
        ['folder/_.bin', 'readable'],
      ]);
      const failed = items.filter(({ problem }) => problem !== undefined);
      expect(failed.map(({ path }) => basename(path))).toEqual(['\\xff', '\\xff.bin']);
      expect(failed[1]?.problem).toMatchObject({ code: 'FILE_SYSTEM' });
      expect(failed[1]?.problem?.message).toMatch(/its name is not UTF-8; rename it\.$/);
    },
  );
});

async function databaseBytes(cwd: string): Promise<Buffer> {
  await using chosen = await chooseUploads(choiceOf({ cwd, written: ['exports/archive.db'] }, []));
  for await (const { bytesPath } of chosen.items(new AbortController().signal)) return readFileSync(bytesPath ?? '');
  throw new Error('there is no database');
}

async function choose(choice: Pick<UploadChoice, 'cwd' | 'written' | keyof ItemsOpening>): Promise<Chosen> {
  const notes: string[] = [];
  const items: UploadItem[] = [];
  const chatsSent: string[] = [];
  await using chosen = await chooseUploads(choiceOf(choice, notes));
  for await (const item of chosen.items(new AbortController().signal)) {
    items.push(item);
    if (item.bytesPath !== undefined) chatsSent.push(...(await chatsIn(item.bytesPath)));
  }
  return { items, names: items.map(({ name }) => name), notes, chatsSent };
}

/** By a copy of a copy: whoever opens the archive beside it must find all in one file. */
async function chatsIn(databasePath: string): Promise<readonly string[]> {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'archive.db'), readFileSync(databasePath));
  using archive = await Archive.open(directory, { readOnly: true });
  return archive.chats().map(({ chat }) => chat.id);
}

function choiceOf(choice: Pick<UploadChoice, 'cwd' | 'written' | keyof ItemsOpening>, notes: string[]): UploadChoice {
  return {
    exportDir: join(choice.cwd, 'exports'),
    account: undefined,
    ...choice,
    onNote: (text) => {
      notes.push(text);
    },
  };
}
