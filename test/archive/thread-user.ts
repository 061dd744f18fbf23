/**
 * Searches in a thread, and leaves that as it is. Arguments: the directory of the archive and what to look for; and to exit with
 * 7 during a second search, which part of the time of the first it waits before.
 */
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';

import { openArchiveInThread } from '../../src/archive/thread/archive-thread.js';

const [directory = '', query = '', part] = process.argv.slice(2);
const archive = await openArchiveInThread(directory);

if (part === undefined) {
  const found = await archive.search(query);
  process.stdout.write(`${found.length} messages\n`);
} else {
  // The thread is in the binding of SQLite for nearly all of that time: there are many messages to give back.
  const all = { limit: 1_000_000 };
  const state = { isOver: false };
  const first = archive.search(query, all).finally(() => (state.isOver = true));
  let turns = 0;
  for (; !state.isOver; turns += 1) await turnOfTheLoop();
  await first;
  void archive.search(query, all);
  for (let turn = 0; turn < turns * Number(part); turn += 1) await turnOfTheLoop();
  process.exit(7);
}
