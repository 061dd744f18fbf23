import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { Archive } from '../../../src/archive/archive.js';
import { NAME_COLUMNS } from '../../../src/archive/checks/path-scan.js';
import { chatFolderProblem, mediaPathProblem } from '../../../src/archive/checks/unchecked-text.js';
import { mediaPath } from '../../../src/archive/files/file-name.js';
import { folderName } from '../../../src/archive/files/folder-name.js';
import { AWKWARD_NAMES } from './awkward-names.js';
import { archiveWithEverything, execute, HOSTILE_PATHS, SHA256, stateOf } from './hostile-archive.js';
import { CHAT, recordOf, textMessage } from '../sample-message.js';
import { temporaryDirectory } from '../temporary-directory.js';

const BEFORE_ALL = { messageId: Number.MIN_SAFE_INTEGER, position: 0 };

/** An archive that others may not lead astray, beside a folder that is none of its business. */
async function stage() {
  const root = temporaryDirectory();
  const directory = join(root, 'exports');
  mkdirSync(join(root, 'victim'));
  writeFileSync(join(root, 'victim', 'precious.txt'), 'precious');
  const path = await archiveWithEverything(directory);
  const whole = join(root, 'whole.db');
  copyFileSync(path, whole);
  return {
    root,
    directory,
    path,
    restore: () => {
      copyFileSync(whole, path);
    },
  };
}

/** Writes a value to all rows of a column: `media.path`, and perhaps more words. */
function putEverywhere(path: string, columnName: string, value: (typeof HOSTILE_PATHS)[number][1]): void {
  const [table = '', column = ''] = (columnName.split(' ', 1)[0] ?? '').split('.');
  const isText = typeof value === 'string';
  // A text that is bound ends before a NUL.
  const sql = `UPDATE OR REPLACE ${table} SET ${column} = ${isText ? 'CAST(? AS TEXT)' : '?'}`;
  execute(path, sql, isText ? Buffer.from(value) : value);
}

describe('an archive whose database names files elsewhere', () => {
  it.each(NAME_COLUMNS.map(({ table, column }) => [table, column] as const))(
    'is refused for each hostile %s.%s, to read and to write, with all files as they were',
    async (table, column) => {
      const { root, directory, path, restore } = await stage();
      for (const [what, value] of HOSTILE_PATHS) {
        restore();
        putEverywhere(path, `${table}.${column}`, value);
        const before = stateOf(root);
        const refusal = {
          code: 'ARCHIVE_DAMAGED',
          message: expect.stringContaining(`${table}.${column} is `) as string,
        };

        await expect(Archive.open(directory, { readOnly: true }), what).rejects.toMatchObject(refusal);
        await expect(Archive.open(directory), what).rejects.toMatchObject(refusal);
        expect(stateOf(root), what).toEqual(before);
      }
    },
  );

  it('is refused also where the value is written while it is open', async () => {
    const readers: Readonly<Record<string, (archive: Archive, folder: string) => unknown>> = {
      'chats.folder': (archive) => archive.chats(),
      'media.path': (archive) => [...archive.messages(CHAT.id)],
      'media.path by its remote id': (archive) => archive.findFile('2:9:1'),
      'media.path by its hash': (archive) => archive.findFileByHash(SHA256, 5),
      'media.path by its size': (archive) => archive.filesOfSize(5),
      'media.path of all': (archive) => [...archive.files({ referrers: ['media'] })],
      'version_media.path of all': (archive) => [...archive.files()],
      'media.path to replace': (archive) => archive.replacements.media(CHAT.id, SHA256),
      'media.path to describe': (archive) =>
        archive.descriptions.pending(CHAT.id, BEFORE_ALL, { recipes: ['v2'], limit: 9 }),
      'media.original_path': (archive) => archive.replacements.leftovers(CHAT.id),
      'placements.folder': (archive) => archive.findFile('2:9:2'),
      'placements.path': (archive, folder) => archive.parts.placedPaths(folder),
      'placements.path of one': (archive, folder) => archive.parts.placementOf(folder, '2:9:2'),
      'derivatives.path': (archive) => archive.descriptions.one(CHAT.id, SHA256),
      'derivatives.path of all': (archive) => archive.descriptions.paths(CHAT.id),
      'derivatives.path to replace with': (archive) => archive.replacements.contents(CHAT.id),
      'derivatives.path of all files': (archive) => [...archive.files({ referrers: ['derivative'] })],
    };
    for (const [name, read] of Object.entries(readers)) {
      const { directory, path } = await stage();
      execute(path, `UPDATE files SET size_bytes = 5`);
      using archive = await Archive.open(directory);
      const folder = archive.chats()[0]?.folder ?? '';
      expect(() => read(archive, folder), name).not.toThrow();
      for (const [what, value] of HOSTILE_PATHS) {
        if (what === 'a NUL') continue; // What is read ends before it, and is a path like any other.
        putEverywhere(path, name, value);
        expect(() => read(archive, folder), `${name}: ${what}`).toThrow(
          expect.objectContaining({ code: 'ARCHIVE_DAMAGED' }) as Error,
        );
      }
    }
  });

  it('shows a hostile value in letters that do nothing, and not more than is needed', async () => {
    const { directory, path } = await stage();
    execute(path, 'UPDATE media SET path = ?', `\u001b]0;x\u0007\u202e${'../'.repeat(10_000)}`);

    const error = await Archive.open(directory).then(
      () => undefined,
      (reason: unknown) => reason as Error,
    );
    expect(error?.message).toMatch(/^[\x20-\x7e…]{1,600}$/);
  });
});

describe('names that chatferry gives', () => {
  it('are never taken for hostile ones', async () => {
    const records = AWKWARD_NAMES.map((fileName, at) => {
      const message = textMessage(at + 1);
      const media = { kind: 'document', role: 'main', fileName, remoteId: `2:1:${at}` } as const;
      const path = mediaPath({ message, media, index: 0 });
      expect(mediaPathProblem(path)).toBeUndefined();
      return recordOf(message, [{ state: 'stored', media, file: { path, sizeBytes: 5, sha256: SHA256 } }]);
    });
    for (const title of AWKWARD_NAMES) {
      expect(chatFolderProblem(folderName({ ...CHAT, title }, {})), title).toBeUndefined();
      const id = 'account7001/user42';
      const folder = folderName({ ...CHAT, id, peerId: 'user42', title }, { namesAccount: true });
      expect(chatFolderProblem(folder), title).toBeUndefined();
    }
    const directory = temporaryDirectory();
    {
      using archive = await Archive.open(directory);
      archive.placeChat(CHAT);
      archive.commit({ chatId: CHAT.id, records, senders: [] });
    }

    using archive = await Archive.open(directory);
    expect(archive.storedFiles.count(CHAT.id)).toBe(AWKWARD_NAMES.length);
  });
});
