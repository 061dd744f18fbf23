import { type RunOptions, runProgram } from './start-program.js';

/** Runs the program in `$0` with the arguments, and ends it when this shell is told to end. */
const BETWEEN = `"$0" "$@" & program=$!; trap 'kill -KILL "$program"; wait "$program"' TERM; wait "$program"`;

/**
 * As {@link runProgram}, for a program that is asked before anything else is known of it, such as for its version. On
 * Linux a program may read the environment of its parent, and ours has secrets: a shell that has none stands between.
 * Without a shell, as in a bare container, the program is run directly.
 */
export async function askProgram(
  file: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  if (process.platform === 'win32') return runProgram(file, args, options);
  try {
    return await runProgram('/bin/sh', ['-c', BETWEEN, file, ...args], options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return runProgram(file, args, options);
  }
}
