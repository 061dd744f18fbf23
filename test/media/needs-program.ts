import { execFile } from 'node:child_process';

import { it } from 'vitest';

/**
 * `it` for tests that need a program. Nothing is skipped in CI: .ci/run installs it.
 *
 * @param args - With which the program ends at once. How it ends does not matter: some end with 1 after their help.
 */
export async function needsProgram(program: string, ...args: readonly string[]): Promise<ReturnType<typeof it.skipIf>> {
  const isThere = await new Promise<boolean>((resolve) => {
    execFile(program, args, (error) => {
      resolve(!(error !== null && 'code' in error && error.code === 'ENOENT'));
    });
  });
  return it.skipIf(!isThere && process.env['CI'] !== 'true');
}
