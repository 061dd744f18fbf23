import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files of the heart that are tested together, and the test files that their mutants are held against. */
export interface Room {
  readonly files: readonly string[];
  readonly tests: readonly string[];
}

interface RoomPlan {
  readonly folders: readonly string[];
  /** Folders or files, by the beginning of their paths. Tests elsewhere that import a file of the room count as well. */
  readonly tests: readonly string[];
}

const ROOMS: readonly RoomPlan[] = [
  { folders: ['src/metrics'], tests: ['test/metrics/'] },
  { folders: ['src/memory'], tests: ['test/memory/'] },
  {
    folders: ['src/concurrency', 'src/pipeline/processor'],
    tests: ['test/concurrency/', 'test/pipeline/processor/', 'test/pipeline/throttling.test.ts'],
  },
  { folders: ['src/archive/files'], tests: ['test/archive/files/'] },
  {
    folders: ['src/pipeline', 'src/pipeline/completeness', 'src/pipeline/fetch'],
    tests: ['test/pipeline/', 'test/source/json-file-source.test.ts'],
  },
];
/** Programs as a whole: too slow to run for every mutant. */
const TOO_SLOW = /^test\/(?:app|campaign|cli|e2e)\//;

export interface HeartOptions {
  /** Whether test files that export from the simulator are left out: they take seconds for every mutant. @defaultValue false */
  readonly isQuick?: boolean;
}

/** Gives the rooms of the heart, with those of their files whose paths contain `part`. */
export function heart(part: string, { isQuick = false }: HeartOptions = {}): readonly Room[] {
  const all = readdirSync('test', { recursive: true, encoding: 'utf8' })
    .map((path) => join('test', path).replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.test.ts') && !TOO_SLOW.test(path))
    .sort()
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }))
    .filter(({ text }) => !isQuick || !text.includes('/e2e/'));
  return ROOMS.map(({ folders, tests }) => {
    const files = folders.flatMap(filesIn).filter((file) => file.includes(part));
    const own = all.filter(
      ({ path, text }) =>
        tests.some((beginning) => path.startsWith(beginning)) || files.some((file) => imports(text, file)),
    );
    return { files, tests: own.map(({ path }) => path) };
  }).filter(({ files }) => files.length > 0);
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name).replaceAll('\\', '/'));
}

function imports(text: string, file: string): boolean {
  return text.includes(`../${file.replace(/\.ts$/, '.js')}'`);
}
