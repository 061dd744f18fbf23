import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A room of the heart, and the tests that all of its files are held against, besides those that import a file. */
interface Room {
  readonly folder: string;
  /** Folders or files, by the beginning of their paths. */
  readonly tests: readonly string[];
}

/** A file of the heart, and the test files that its mutants are held against. */
export interface HeartFile {
  readonly file: string;
  readonly tests: readonly string[];
}

const EXPORTS = ['test/pipeline/', 'test/source/json-file-source.test.ts'];
const ROOMS: readonly Room[] = [
  { folder: 'src/concurrency', tests: ['test/concurrency/', 'test/pipeline/processor/'] },
  { folder: 'src/memory', tests: ['test/memory/'] },
  { folder: 'src/metrics', tests: ['test/metrics/'] },
  { folder: 'src/archive/files', tests: ['test/archive/files/'] },
  { folder: 'src/pipeline', tests: EXPORTS },
  { folder: 'src/pipeline/completeness', tests: EXPORTS },
  { folder: 'src/pipeline/fetch', tests: EXPORTS },
  { folder: 'src/pipeline/processor', tests: ['test/pipeline/processor/', 'test/pipeline/throttling.test.ts'] },
];
/** Programs as a whole: too slow to run for every mutant. */
const TOO_SLOW = /^test\/(?:campaign|cli|e2e|app\/demo)\//;

/** Gives each file of the heart whose path contains `part`. */
export function heart(part: string): readonly HeartFile[] {
  const all = readdirSync('test', { recursive: true, encoding: 'utf8' })
    .map((path) => join('test', path).replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.test.ts') && !TOO_SLOW.test(path))
    .sort()
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
  return ROOMS.flatMap(({ folder, tests }) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name).replaceAll('\\', '/'))
      .filter((file) => file.includes(part))
      .map((file) => ({
        file,
        tests: all
          .filter(({ path, text }) => tests.some((beginning) => path.startsWith(beginning)) || imports(text, file))
          .map(({ path }) => path),
      })),
  );
}

function imports(text: string, file: string): boolean {
  return text.includes(`../${file.replace(/\.ts$/, '.js')}'`);
}
