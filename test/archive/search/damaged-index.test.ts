import { expect, it } from 'vitest';

import { Archive } from '../../../src/archive/archive.js';
import { Database, IN_MEMORY } from '../../../src/disk/sqlite/database.js';
import { isChatferryError } from '../../../src/errors/chatferry-error.js';
import { archiveWithEverything, execute } from '../checks/hostile-archive.js';
import { SHADOW_CHANGES } from '../checks/mutated-database.js';
import { CHAT, recordOf, textMessage } from '../sample-message.js';
import { temporaryDirectory } from '../temporary-directory.js';

/** The code of the error that `work` throws. Undefined if it throws none. */
async function codeOf(work: () => unknown): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return isChatferryError(error) ? error.code : String(error);
  }
}

it.each(SHADOW_CHANGES)('a damaged search index is damage of the archive, or none at all: %s', async (change) => {
  const directory = temporaryDirectory();
  execute(await archiveWithEverything(directory), change);
  const works: Readonly<Record<string, (archive: Archive) => unknown>> = {
    search: (archive) => archive.search('message'),
    change: (archive) =>
      archive.commit({ chatId: CHAT.id, records: [recordOf(textMessage(2, 'changed'))], senders: [] }),
    addition: (archive) => archive.commit({ chatId: CHAT.id, records: [recordOf(textMessage(6))], senders: [] }),
  };

  for (const [name, work] of Object.entries(works)) {
    const code = await codeOf(async () => {
      using archive = await Archive.open(directory);
      work(archive);
    });
    expect([undefined, 'ARCHIVE_DAMAGED'], name).toContain(code);
  }
});

it('a text in the place of its structure is found when a message is written, and nothing is written', async () => {
  const directory = temporaryDirectory();
  execute(await archiveWithEverything(directory), "UPDATE message_search_data SET block = 'text' WHERE id = 10");
  using archive = await Archive.open(directory);
  const before = [...archive.messages(CHAT.id)];

  expect(() =>
    archive.commit({ chatId: CHAT.id, records: [recordOf(textMessage(2, 'changed'))], senders: [] }),
  ).toThrow(
    expect.objectContaining({
      code: 'ARCHIVE_DAMAGED',
      message: expect.stringContaining('is damaged or no archive (constraint failed). ') as string,
    }) as Error,
  );
  expect([...archive.messages(CHAT.id)]).toEqual(before);
});

it('a constraint of a table is no damage: it is broken by a defect of the program', async () => {
  using database = new Database(IN_MEMORY);
  database.exec(
    'CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE CHECK (name <> 5)); INSERT INTO t VALUES (1, 1)',
  );
  for (const values of ["2, '1'", "2, '5'", "1, '2'"]) {
    const insert = (): void => {
      database.exec(`INSERT INTO t VALUES (${values})`);
    };
    expect(await codeOf(insert)).toBe('INTERNAL');
  }
});
