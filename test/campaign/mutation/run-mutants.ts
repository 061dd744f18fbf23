/**
 * Runs mutants of some files against their tests, in one vitest of its own: `run-mutants.ts <JSON of MutantsOrder>`. Prints
 * lines of JSON, so that its parent can end it where a mutant holds it, and go on after that one.
 *
 * A test file is run with many mutants in one process, since most of the time of a run goes into starting one.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { createVitest, type TestModule, type TestSpecification } from 'vitest/node';

import { eachMutant, SUITE_PREFIX } from './each-mutant.js';
import { mutantsOf } from './mutants-of.js';

export interface MutantsOrder {
  /** Files with mutants, from the root of the repository. */
  readonly files: readonly string[];
  /** Files of tests. */
  readonly tests: readonly string[];
  /** Which mutants, by their ids. */
  readonly ids: readonly number[];
}

/** What came of one mutant. `hung`: a test did not end in time. */
export interface MutantResult {
  readonly id: number;
  readonly outcome: 'unreached' | 'killed' | 'survived' | 'hung';
}

/** A mutant came into force. */
export interface MutantBegun {
  readonly begunId: number;
}

/** Said before the first mutant. */
export interface MutantsHead {
  /** A runner that says nothing for so long is held by a mutant. */
  readonly silenceMs: number;
}

export type MutantsLine = MutantResult | MutantBegun | MutantsHead;

/** Without a mutant a test may be as slow as in the suite. */
const FIRST_TIMEOUT_MS = 60_000;
/** A test that takes so many times as long as the slowest did without a mutant hangs. */
const PATIENCE = 10;
const LEAST_TIMEOUT_MS = 5000;
/** Mutants that share a process: most of the time goes into starting one. */
const BATCH_SIZE = 200;
const PROGRESS_INTERVAL_MS = 500;

const order = JSON.parse(process.argv[2] ?? '') as MutantsOrder;
const codes = new Map(mutantsOf(order.files).map(({ file, code }) => [resolve(file), code]));
const testPaths = new Set(order.tests.map((test) => resolve(test)));
const folder = mkdtempSync(join(tmpdir(), 'chatferry-mutants-'));
const orderFile = join(folder, 'order.json');
const progressFile = join(folder, 'progress');
const reachedFile = join(folder, 'reached.json');
process.env['CHATFERRY_MUTATION_ORDER'] = orderFile;

/** A test file that reaches some mutants. */
interface Reaching {
  readonly specification: TestSpecification;
  readonly ids: ReadonlySet<number>;
  readonly durationMs: number;
}

function say(line: MutantsLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const vitest = await createVitest(
  'test',
  {
    config: false,
    root: process.cwd(),
    include: ['test/**/*.test.ts'],
    watch: false,
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: FIRST_TIMEOUT_MS,
    hookTimeout: FIRST_TIMEOUT_MS,
    reporters: [{}],
    setupFiles: [resolve('test/campaign/mutation/globals.ts')],
    disableConsoleIntercept: true,
    coverage: { enabled: false },
  },
  {
    plugins: [
      {
        name: 'mutants',
        enforce: 'pre',
        transform: (_text, id) => {
          if (testPaths.has(id)) return { code: eachMutant(id), map: null };
          const code = codes.get(id);
          return code === undefined ? undefined : { code, map: null };
        },
      },
    ],
  },
);

/** Runs a test file with each of the mutants; 0 for none. */
async function run(specification: TestSpecification, ids: readonly number[]): Promise<TestModule | undefined> {
  rmSync(reachedFile, { force: true });
  writeFileSync(progressFile, '');
  writeFileSync(orderFile, JSON.stringify({ ids, progressFile, reachedFile }));
  let begun = '';
  const progress = setInterval(() => {
    const now = readFileSync(progressFile, 'utf8').trimEnd().split('\n').at(-1) ?? '';
    if (now !== begun) say({ begunId: Number(now) });
    begun = now;
  }, PROGRESS_INTERVAL_MS);
  try {
    const { testModules } = await vitest.runTestSpecifications([specification], false);
    return testModules.find(({ moduleId }) => moduleId === specification.moduleId); // Those of earlier runs are there, too.
  } finally {
    clearInterval(progress);
  }
}

type Noticed = ReadonlyMap<number, 'killed' | 'hung'>;

/** Mutants with which a test failed. Undefined where the run as a whole failed, so that nothing is known. */
function failures(module: TestModule | undefined): Noticed | undefined {
  if (module === undefined || module.errors().length > 0) return undefined;
  const failed = new Map<number, 'killed' | 'hung'>();
  for (const suite of module.children.suites()) {
    const errors = [
      ...suite.errors(),
      ...[...suite.children.allSuites()].flatMap((inner) => inner.errors()),
      ...[...suite.children.allTests('failed')].flatMap((test) => test.result().errors ?? []),
    ];
    const [first] = errors;
    if (first === undefined) continue;
    const outcome = first.message.includes(' timed out in ') ? 'hung' : 'killed';
    failed.set(Number(suite.name.slice(SUITE_PREFIX.length)), outcome);
  }
  return failed;
}

/** Runs a test file without a mutant. Undefined where it reaches none of the files. */
async function reachedBy(specification: TestSpecification): Promise<Reaching | undefined> {
  const module = await run(specification, [0]);
  if (module === undefined || failures(module)?.size !== 0) {
    const errors = [...(module?.children.allTests('failed') ?? [])].map(
      (test) => `${test.fullName}: ${test.result().errors?.[0]?.message ?? ''}`,
    );
    throw new Error(`${specification.moduleId} fails without a mutant. ${errors.join('\n')}`);
  }
  const reached = existsSync(reachedFile) ? (JSON.parse(readFileSync(reachedFile, 'utf8')) as readonly number[]) : [];
  const { duration } = module.diagnostic();
  return reached.length === 0 ? undefined : { specification, ids: new Set(reached), durationMs: duration };
}

/** Gives those of the mutants that a test file notices. */
async function noticedBy(specification: TestSpecification, ids: readonly number[]): Promise<Noticed> {
  // The last run is without a mutant: where it fails, an earlier mutant has left something behind.
  const failed = failures(await run(specification, [...ids, 0]));
  if (failed?.has(0) === false) return failed;
  if (ids.length <= 1) return new Map(ids.map((id) => [id, 'killed']));
  const middle = Math.floor(ids.length / 2);
  const first = await noticedBy(specification, ids.slice(0, middle));
  return new Map([...first, ...(await noticedBy(specification, ids.slice(middle)))]);
}

function slowestMs(reaching: readonly Reaching[]): number {
  return Math.max(0, ...reaching.map(({ durationMs }) => durationMs));
}

try {
  const reaching: Reaching[] = [];
  for (const specification of await vitest.globTestSpecifications([...order.tests])) {
    const entry = await reachedBy(specification);
    if (entry !== undefined) reaching.push(entry);
  }
  reaching.sort((one, other) => one.durationMs - other.durationMs);
  const timeoutMs = Math.max(LEAST_TIMEOUT_MS, slowestMs(reaching) * PATIENCE);
  Object.assign(vitest.getRootProject().config, { testTimeout: timeoutMs, hookTimeout: timeoutMs });
  say({ silenceMs: 60_000 + 3 * timeoutMs });
  const left = new Set(order.ids);
  for (const { specification, ids } of reaching) {
    const own = [...left].filter((id) => ids.has(id));
    for (let start = 0; start < own.length; start += BATCH_SIZE) {
      for (const [id, outcome] of await noticedBy(specification, own.slice(start, start + BATCH_SIZE))) {
        left.delete(id);
        say({ id, outcome });
      }
    }
  }
  for (const id of left) say({ id, outcome: reaching.some(({ ids }) => ids.has(id)) ? 'survived' : 'unreached' });
} finally {
  await vitest.close();
  rmSync(folder, { recursive: true, force: true });
}
process.exit();
