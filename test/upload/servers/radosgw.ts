import type { it } from 'vitest';

import { RADOSGW_PROGRAMS } from '../../../src/bench/upload/stores/radosgw.js';
import { needsPrograms } from '../../media/needs-program.js';

/** Not 5 MiB as elsewhere, so that files of several parts are small. */
export const LEAST_PART_BYTES: number = 64 * 1024;

export { Radosgw, RADOSGW_KEY } from '../../../src/bench/upload/stores/radosgw.js';

/** `it` for tests that need it: skipped where a program of it is missing, and never in CI. */
export function needsRadosgw(): Promise<ReturnType<typeof it.skipIf>> {
  return needsPrograms(RADOSGW_PROGRAMS, '--version');
}
