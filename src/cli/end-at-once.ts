import { startProgram } from '../children/start-program.js';
import type { ExitCode } from '../errors/exit-code.js';

/** Long enough for pending writes to a disk that answers. */
const PATIENCE_SECONDS = 0.2;

/**
 * Kills the process with the given id unless standard input, whose other end that process has, closes before. The id then
 * cannot be another's: a process that has ended has closed it.
 */
const GUARD = `(sleep ${PATIENCE_SECONDS}; kill -KILL "$1") & read line; kill $!`;

/**
 * Ends this process with an exit code, whatever its threads wait for.
 *
 * Node's own `exit` waits for reads and writes that are under way, so a network disk that does not answer holds it up for
 * good. Then a guard kills the process instead, which shells show as 137. Windows ends such threads by itself.
 */
export function endAtOnce(code: ExitCode): void {
  if (process.platform !== 'win32') startGuard();
  process.exit(code);
}

function startGuard(): void {
  try {
    const guard = startProgram('/bin/sh', ['-c', GUARD, 'sh', String(process.pid)], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true, // Not to be ended by the Ctrl-C that ends us.
    });
    guard.on('error', () => undefined); // Without a shell, as in a bare container, the exit is tried alone.
    guard.unref();
  } catch {
    // The system has no process to spare, or no descriptor: the exit is tried alone.
  }
}
