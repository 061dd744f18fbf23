import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A room of the heart, and the tests that its files are held against: its own, and those of rooms that use it closely. */
interface Room {
  readonly folder: string;
  readonly tests: readonly string[];
}

const ROOMS: readonly Room[] = [
  { folder: 'src/concurrency', tests: ['test/concurrency/', 'test/pipeline/processor/'] },
  { folder: 'src/memory', tests: ['test/memory/'] },
  { folder: 'src/metrics', tests: ['test/metrics/', 'test/pipeline/processor/'] },
  { folder: 'src/archive/files', tests: ['test/archive/files/', 'test/archive/checks/hostile-paths.test.ts'] },
  { folder: 'src/pipeline', tests: ['test/pipeline/'] },
  { folder: 'src/pipeline/completeness', tests: ['test/pipeline/'] },
  { folder: 'src/pipeline/fetch', tests: ['test/pipeline/'] },
  { folder: 'src/pipeline/processor', tests: ['test/pipeline/processor/', 'test/concurrency/'] },
];

/** Gives each file of the heart with its tests, those whose path contains `part` alone. */
export function heart(part: string): readonly { readonly file: string; readonly tests: readonly string[] }[] {
  return ROOMS.flatMap(({ folder, tests }) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.ts'))
      .map((name) => ({ file: join(folder, name).replaceAll('\\', '/'), tests })),
  ).filter(({ file }) => file.includes(part));
}
