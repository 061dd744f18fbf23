// Takes the lock file that it is given, says whether it has it, and holds it until it is killed.
import { ProcessLock } from '../../src/disk/lock/process-lock.js';
import { isChatferryError } from '../../src/errors/chatferry-error.js';

let lock: ProcessLock | undefined;
try {
  lock = ProcessLock.take(process.argv[2] ?? '', 'The thing');
  process.stdout.write('taken\n');
} catch (error) {
  if (!isChatferryError(error, 'LOCKED')) throw error;
  process.stdout.write('refused\n');
}
setInterval(() => lock, 60_000); // What nobody refers to may be collected as garbage, and its lock with it.
