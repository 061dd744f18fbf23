/**
 * Runs the mutants of one file against its tests, in one vitest of its own: `run-mutants.ts <JSON of MutantsOrder>`. Prints a
 * line of JSON for each mutant, so that its parent can end it where a mutant holds it, and go on after that one.
 */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { createVitest, type TestSpecification, type Vitest } from 'vitest/node';

import { instrument, type Mutant } from './mutants.js';
import { sample } from './sample.js';

export interface MutantsOrder {
  /** From the root of the repository. */
  readonly file: string;
  /** Folders or files of tests. */
  readonly tests: readonly string[];
  /** Most mutants that are run; of more, a sample is drawn. */
  readonly most: number;
  readonly seed: number;
  /** Skips so many mutants of the sample: those that were run before. */
  readonly skip: number;
}

/** What came of one mutant: no test reaches it, a test failed, or all passed. */
export interface MutantResult extends Mutant {
  readonly outcome: 'unreached' | 'killed' | 'survived';
}

export interface MutantsHead {
  readonly mutantCount: number;
  readonly sampleCount: number;
}

const TEST_TIMEOUT_MS = 20_000;

const order = JSON.parse(process.argv[2] ?? '') as MutantsOrder;
const path = resolve(order.file);
const { code, mutants } = instrument(path, readFileSync(path, 'utf8'));
const chosen = sample(mutants, order.most, order.seed);
const folder = mkdtempSync(join(tmpdir(), 'chatferry-mutants-'));
const orderFile = join(folder, 'order.json');
const reachedFile = join(folder, 'reached.ndjson');
process.env['CHATFERRY_MUTATION_ORDER'] = orderFile;

function say(line: MutantResult | MutantsHead): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Gives whether every test passed. */
async function passes(vitest: Vitest, specifications: TestSpecification[], active: number): Promise<boolean> {
  writeFileSync(orderFile, JSON.stringify({ active, reachedFile }));
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications, false);
  if (active === 0) {
    for (const module of testModules) {
      for (const error of module.errors()) process.stderr.write(`${module.moduleId}: ${error.message}\n`);
      for (const test of module.children.allTests('failed')) {
        process.stderr.write(`${test.fullName}: ${test.result().errors?.[0]?.message ?? ''}\n`);
      }
    }
  }
  return unhandledErrors.length === 0 && testModules.length > 0 && testModules.every((module) => module.ok());
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
    bail: 1,
    testTimeout: TEST_TIMEOUT_MS,
    hookTimeout: TEST_TIMEOUT_MS,
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
        transform: (_text, id) => (id === path ? { code, map: null } : undefined),
      },
    ],
  },
);
try {
  const specifications = await vitest.globTestSpecifications([...order.tests]);
  appendFileSync(reachedFile, '');
  if (!(await passes(vitest, specifications, 0))) throw new Error(`The tests of ${order.file} fail without a mutant.`);
  const reached = readFileSync(reachedFile, 'utf8')
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as { path: string; reached: readonly number[] }]))
    .map((entry) => ({ path: entry.path, ids: new Set(entry.reached) }));
  say({ mutantCount: mutants.length, sampleCount: chosen.length });
  for (const mutant of chosen.slice(order.skip)) {
    const reaching = reached.filter(({ ids }) => ids.has(mutant.id));
    const own = specifications.filter(({ moduleId }) => reaching.some((entry) => entry.path === moduleId));
    if (own.length === 0) say({ ...mutant, outcome: 'unreached' });
    else say({ ...mutant, outcome: (await passes(vitest, own, mutant.id)) ? 'survived' : 'killed' });
  }
} finally {
  await vitest.close();
  rmSync(folder, { recursive: true, force: true });
}
process.exit();
