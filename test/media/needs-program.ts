import { execFile } from 'node:child_process';

import { it } from 'vitest';

/**
 * `it` for tests that need a program. Nothing is skipped in CI: .ci/run installs it.
 *
 * @param args - With which the program ends at once. How it ends does not matter: some end with 1 after their help.
 */
export async function needsProgram(program: string, ...args: readonly string[]): Promise<ReturnType<typeof it.skipIf>> {
  return needsPrograms([program], ...args);
}

/** The same for several that take the same arguments. */
export async function needsPrograms(
  programs: readonly string[],
  ...args: readonly string[]
): Promise<ReturnType<typeof it.skipIf>> {
  const areThere = await Promise.all(programs.map((program) => isThere(program, args)));
  return it.skipIf(areThere.includes(false) && process.env['CI'] !== 'true');
}

function isThere(program: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(program, args, (error) => {
      resolve(!(error !== null && 'code' in error && error.code === 'ENOENT'));
    });
  });
}
