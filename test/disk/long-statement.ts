// Listens for signals and then counts for a very long time, in a way that signals may end.
import { Database } from '../../src/disk/sqlite/database.js';
import { runInterruptibly } from '../../src/disk/run-interruptibly.js';

process.on('SIGTERM', () => process.stdout.write('heard\n'));
using database = new Database(':memory:');
await runInterruptibly(() => {
  process.stdout.write(`listeners: ${process.listenerCount('SIGTERM')}\n`);
  database.exec(
    'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1e12) SELECT count(*) FROM n',
  );
});
