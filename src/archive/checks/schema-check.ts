import { type Database, Database as OpenDatabase, IN_MEMORY } from '../../disk/sqlite/database.js';
import { ChatferryError } from '../../errors/chatferry-error.js';

/** A table, index, view or trigger, as SQLite has it (https://sqlite.org/schematab.html). */
interface SchemaObject {
  readonly type: string;
  readonly name: string;
  readonly tbl_name: string;
  /** NULL for an index that a constraint creates. */
  readonly sql: string | null;
}

/** No database of ours has more, and each is parsed. */
const MAX_OBJECTS = 1000;
const NAME_SHOWN = 60;

/** The tables of `ANALYZE`, which users may run. They hold only row statistics. */
const STATISTICS = /^CREATE TABLE sqlite_stat[14]\([a-z,]+\)$/;

/**
 * Refuses a database if its schema has anything that the migration steps do not create. Triggers, views and expressions
 * in tables or indexes run on reads or writes (https://sqlite.org/security.html).
 *
 * @param steps - All statements that create the schema.
 * @throws {ChatferryError} `ARCHIVE_DAMAGED`, naming the object.
 */
export function requireSchema(database: Database, steps: readonly string[]): void {
  const expected = new Map(objectsMadeBy(steps).map((object) => [keyOf(object), textOf(object)]));
  for (const object of objectsOf(database)) {
    const text = expected.get(keyOf(object));
    if (text === undefined && isStatistics(object)) continue;
    if (text === undefined) throw refusal(database, object, 'which no archive has');
    if (text !== textOf(object)) throw refusal(database, object, 'which differs from that of an archive');
    expected.delete(keyOf(object));
  }
  const [missing] = expected.keys();
  if (missing !== undefined) throw damaged(database, `It has no ${missing}.`);
}

function objectsMadeBy(steps: readonly string[]): readonly SchemaObject[] {
  using database = new OpenDatabase(IN_MEMORY);
  for (const step of steps) database.exec(step);
  return objectsOf(database);
}

function objectsOf(database: Database): readonly SchemaObject[] {
  return database
    .prepare<SchemaObject>(`SELECT type, name, tbl_name, sql FROM sqlite_schema LIMIT ${MAX_OBJECTS}`)
    .all();
}

function keyOf({ type, name }: SchemaObject): string {
  return `${type} "${name}"`;
}

/** Ignores whitespace. */
function textOf({ tbl_name: table, sql }: SchemaObject): string {
  return `${table}: ${sql === null ? '' : sql.replaceAll(/\s+/g, ' ').trim()}`;
}

function isStatistics({ type, name, tbl_name: table, sql }: SchemaObject): boolean {
  return type === 'table' && name === table && sql !== null && /^sqlite_stat[14]$/.test(name) && STATISTICS.test(sql);
}

function refusal(database: Database, { type, name }: SchemaObject, what: string): ChatferryError {
  const shown = JSON.stringify(name.slice(0, NAME_SHOWN)).replaceAll(/[^\x20-\x7e]/g, '?');
  return damaged(database, `It has a ${type.slice(0, NAME_SHOWN)} ${shown}, ${what}.`);
}

function damaged({ path }: Database, text: string): ChatferryError {
  return new ChatferryError(
    'ARCHIVE_DAMAGED',
    `${path} is not as chatferry makes it. ${text} Nothing was touched. Restore it from a backup; what was added to it on purpose has to be taken out again, or kept in another database.`,
  );
}
