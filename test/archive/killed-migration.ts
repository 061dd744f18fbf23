// Brings the archive in the directory that it is given from version 6 to 7 as chatferry does, and stops in the middle: behind the
// statement that has the given word. Says which that was. Ends when it is killed.
import { join } from 'node:path';

import { SCHEMA_7 } from '../../src/archive/schema-7.js';
import { Database } from '../../src/disk/sqlite/database.js';

const [, , directory = '', word = ''] = process.argv;
const database = new Database(join(directory, 'archive.db'));
database.exec('PRAGMA journal_mode = WAL; PRAGMA cache_size = 1; BEGIN IMMEDIATE');
for (const statement of SCHEMA_7.split(';')) {
  if (statement.trim() === '') continue;
  database.exec(statement);
  if (!statement.includes(word)) continue;
  process.stdout.write(`${statement.trim().replaceAll('\n', ' ')}\n`);
  break;
}
setInterval(() => undefined, 1000);
