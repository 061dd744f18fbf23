/**
 * The program of the process that checks the database of an archive: it prints what is wrong, one JSON text per line. A
 * process, because SQLite's own check can be interrupted in no other way. `database-check.ts` starts it.
 */
import type { Database } from '../../disk/sqlite/database.js';
import { errorMessage, isChatferryError } from '../../errors/chatferry-error.js';
import { openWithoutWriting } from '../open-without-writing.js';

type Check = (database: Database) => readonly string[];

/** Of one kind. More findings tell nothing new. */
const MOST_FINDINGS = 100;

/** https://sqlite.org/pragma.html#pragma_integrity_check: pages, rows, indexes, constraints, and the search index. */
const structure =
  (isQuick: boolean): Check =>
  (database) => {
    const check = isQuick ? 'quick_check' : 'integrity_check';
    const rows = database.prepare<Readonly<Record<string, string>>>(`PRAGMA ${check}(${MOST_FINDINGS})`).all();
    return rows.flatMap((row) => Object.values(row)).filter((text) => text !== 'ok');
  };

const foreignKeys: Check = (database) => {
  const rows = database
    .prepare<{ readonly table: string; readonly parent: string }>('PRAGMA foreign_key_check')
    .all()
    .slice(0, MOST_FINDINGS);
  return rows.map(({ table, parent }) => `a row of ${table} names one of ${parent} that is not there`);
};

/** Rows that contradict each other: what is counted, and what it is. */
const CONTRADICTIONS: readonly (readonly [rows: string, what: string])[] = [
  ...['chats', 'senders', 'messages', 'media', 'descriptions'].map(
    (table) => [`${table} WHERE NOT json_valid(data)`, `rows of ${table} whose data is not JSON`] as const,
  ),
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
];

const contradictions = CONTRADICTIONS.map(([rows, what]): Check => {
  return (database) => {
    const count = database.prepare<{ readonly n: number }>(`SELECT count(*) AS n FROM ${rows}`).get()?.n ?? 0;
    return count > 0 ? [`${count} ${what}`] : [];
  };
});

const [path = '', extent] = process.argv.slice(2);
try {
  using database = await openWithoutWriting(path);
  database.exec('PRAGMA query_only = ON; PRAGMA cache_size = -65536; BEGIN;');
  for (const check of [structure(extent === 'quick'), foreignKeys, ...contradictions]) {
    // A check that fails, perhaps over data that is not JSON, says nothing about the others.
    try {
      for (const problem of check(database)) report(problem);
    } catch (error) {
      report(textOf(error));
    }
  }
} catch (error) {
  report(textOf(error));
}

function report(problem: string): void {
  process.stdout.write(`${JSON.stringify(problem)}\n`);
}

/** What SQLite says, without the remedy: that is for the list of findings as a whole. */
function textOf(error: unknown): string {
  return errorMessage(isChatferryError(error) ? (error.cause ?? error) : error);
}
