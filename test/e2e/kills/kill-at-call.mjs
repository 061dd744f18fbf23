// Preloaded into the program: counts its calls to the file system and its commits, and kills it, as kill -9 does, before
// or after the nth. KILL_AT_CALL: 2n-1 is before the nth call, 2n after it. CALL_COUNT_FILE: where the count goes when
// the program ends by itself.
import { writeFileSync } from 'node:fs';
import promises, { open } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

import { Database } from '../../../src/disk/sqlite/database.ts';

// The processes that it starts for media are left alone.
const moment = process.send === undefined ? Number(process.env.KILL_AT_CALL ?? '0') : 0;
let count = 0;

function killAt(reached) {
  if (reached === moment) process.kill(process.pid, 'SIGKILL');
}

function counted(holder, name) {
  const original = holder[name];
  holder[name] = async function (...values) {
    count += 1;
    const own = count;
    killAt(2 * own - 1);
    const result = await original.apply(this, values);
    killAt(2 * own);
    return result;
  };
}

const handle = await open(new URL(import.meta.url));
const fileHandle = Object.getPrototypeOf(handle);
await handle.close();
for (const name of ['write', 'writeFile', 'sync', 'close']) counted(fileHandle, name);
for (const name of ['open', 'rename', 'link', 'rm', 'mkdir', 'rmdir']) counted(promises, name);
syncBuiltinESMExports();

const { exec } = Database.prototype;
Database.prototype.exec = function (sql) {
  if (!sql.includes('COMMIT')) return exec.call(this, sql);
  count += 1;
  const own = count;
  killAt(2 * own - 1);
  const result = exec.call(this, sql);
  killAt(2 * own);
  return result;
};

const countFile = process.env.CALL_COUNT_FILE;
if (countFile !== undefined && process.send === undefined)
  process.on('exit', () => writeFileSync(countFile, String(count)));
