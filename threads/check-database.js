// The process that checks the database of an archive: plain JavaScript in a place of its own, so that it runs as it is,
// whether the program runs from its sources or built. A process and no thread, since SQLite's own check cannot be
// interrupted otherwise. src/archive/verify/database-check.ts is the other side.
import { existsSync, statSync } from 'node:fs';

import { DatabaseSync } from '@photostructure/sqlite';

/** Findings of one kind: more say nothing new. */
const MOST_FINDINGS = 100;

const [path, isQuick] = [process.argv[2], process.argv[3] === 'quick'];

function report(problem) {
  process.stdout.write(`${JSON.stringify(problem)}\n`);
}

function reportAll(check) {
  try {
    for (const problem of check()) report(problem);
  } catch (error) {
    report(error instanceof Error ? error.message : String(error));
  }
}

/** As src/disk/sqlite/database.ts has them: the database may come from anywhere (https://sqlite.org/security.html). */
const GUARDS = { allowExtension: false, defensive: true, limits: { attach: 0, length: 256 * 1024 * 1024 } };

/** On a read-only disk SQLite cannot have the file that a database with a log needs beside it. */
function openToRead() {
  try {
    const database = new DatabaseSync(path, { readOnly: true, timeout: 10_000, ...GUARDS });
    database.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; SELECT 1 FROM sqlite_schema');
    return database;
  } catch (error) {
    const log = `${path}-wal`;
    if (existsSync(log) && statSync(log).size > 0) throw error;
    const encoded = encodeURI(path.replaceAll('\\', '/')).replaceAll('?', '%3F').replaceAll('#', '%23');
    const uri = `file:${encoded.startsWith('/') ? '' : '/'}${encoded}?immutable=1`;
    return new DatabaseSync(uri, { readOnly: true, ...GUARDS });
  }
}

/** https://sqlite.org/pragma.html#pragma_integrity_check: pages, rows, indexes, constraints, and the search index. */
function structure(database) {
  const check = isQuick ? 'quick_check' : 'integrity_check';
  const rows = database.prepare(`PRAGMA ${check}(${MOST_FINDINGS})`).all();
  return rows.map((row) => Object.values(row)[0]).filter((text) => text !== 'ok');
}

function foreignKeys(database) {
  const rows = database.prepare('PRAGMA foreign_key_check').all().slice(0, MOST_FINDINGS);
  return rows.map(({ table, parent }) => `a row of ${table} names one of ${parent} that is not there`);
}

/** Rows that contradict each other: what is counted, and what it is. */
const contradictions = [
  ...['chats', 'senders', 'messages', 'media', 'descriptions'].map((table) => [
    `${table} WHERE NOT json_valid(data)`,
    `rows of ${table} whose data is not JSON`,
  ]),
  [
    "(SELECT 1 FROM media WHERE state = 'stored' GROUP BY chat_id, path HAVING count(*) > 1)",
    'paths that two media of one chat name',
  ],
  [
    'message_search_docsize WHERE id NOT IN (SELECT key FROM messages)',
    'entries of the search index without a message',
  ],
  [
    "messages WHERE text GLOB '*[A-Za-z0-9]*' AND key NOT IN (SELECT id FROM message_search_docsize)",
    'messages that are not in the search index',
  ],
].map(([rows, what]) => (database) => {
  const { n } = database.prepare(`SELECT count(*) AS n FROM ${rows}`).get();
  return n > 0 ? [`${n} ${what}`] : [];
});

reportAll(() => {
  const database = openToRead();
  try {
    database.exec('PRAGMA trusted_schema = OFF; PRAGMA query_only = ON; PRAGMA cache_size = -65536; BEGIN;');
    // One that gives up, over data that is no JSON perhaps, says nothing about the others.
    for (const check of [structure, foreignKeys, ...contradictions]) reportAll(() => check(database));
  } finally {
    database.close();
  }
  return [];
});
