import { type RunOptions, runProgram } from './start-program.js';

/** Runs the program in `$0` with the arguments, and ends it when the shell receives SIGTERM. */
const BETWEEN = `"$0" "$@" & program=$!; trap 'kill -KILL "$program"; wait "$program"' TERM; wait "$program"`;

/**
 * Like {@link runProgram}, for a program that is not trusted yet, for example to ask for its version. On Linux a program can
 * read the environment of its parent process, and ours contains secrets. So a shell without them is its parent. Where there
 * is no shell, as in a minimal container, the program runs directly.
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
