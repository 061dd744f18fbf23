/** How the name of a suite begins that is a test file with one mutant in force. */
export const SUITE_PREFIX = 'mutant ';

/**
 * The code of a test file that runs `path` once for each mutant of the order, each time with modules of its own, so that
 * a mutant is also in force while they are loaded. What follows the first failure of a mutant is skipped.
 */
export function eachMutant(path: string): string {
  return `
import { afterEach, beforeAll, beforeEach, describe, it, vi } from 'vitest';
for (const id of globalThis.mutantIds) {
  describe('${SUITE_PREFIX}' + id, async () => {
    let hasFailed = false;
    beforeAll(() => globalThis.activateMutant(id));
    beforeEach(({ skip }) => {
      if (hasFailed) skip();
    });
    afterEach(({ task }) => {
      if (task.result?.state === 'fail') hasFailed = true;
    });
    vi.resetModules();
    globalThis.activateMutant(id);
    try {
      await import(/* @vite-ignore */ ${JSON.stringify(path)} + '?mutant=' + id);
    } catch (error) {
      it('can be loaded', () => {
        throw error;
      });
    }
  });
}
`;
}
