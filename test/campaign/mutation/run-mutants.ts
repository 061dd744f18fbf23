/**
 * Runs the mutants of one file against its tests, in one vitest of its own: `run-mutants.ts <JSON of MutantsOrder>`. Prints a
 * line of JSON for each mutant, so that its parent can end it where a mutant holds it, and go on after that one.
 */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { createVitest, type TestSpecification, type Vitest } from 'vitest/node';

import { instrument } from './mutants.js';

export interface MutantsOrder {
  /** From the root of the repository. */
  readonly file: string;
  /** Files of tests. */
  readonly tests: readonly string[];
  /** Which mutants, by their ids. */
  readonly ids: readonly number[];
}

export interface MutantResult {
  readonly id: number;
  readonly outcome: 'unreached' | 'killed' | 'survived';
}

/** Said before the first mutant. */
export interface MutantsHead {
  /** A runner that says nothing for so long is held by a mutant. */
  readonly silenceMs: number;
}

/** Without a mutant a test may be as slow as in the suite. */
const FIRST_TIMEOUT_MS = 60_000;
/** A test that takes so many times as long as it did without a mutant hangs. */
const PATIENCE = 10;
const LEAST_TIMEOUT_MS = 5000;

const order = JSON.parse(process.argv[2] ?? '') as MutantsOrder;
const path = resolve(order.file);
const { code } = instrument(path, readFileSync(path, 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'chatferry-mutants-'));
const orderFile = join(folder, 'order.json');
const reachedFile = join(folder, 'reached.ndjson');
process.env['CHATFERRY_MUTATION_ORDER'] = orderFile;

/** A test file that reaches some mutants. */
interface Reaching {
  readonly specification: TestSpecification;
  readonly ids: ReadonlySet<number>;
  readonly durationMs: number;
}

function say(line: MutantResult | MutantsHead): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Gives whether every test passed. */
async function passes(vitest: Vitest, specification: TestSpecification, active: number): Promise<boolean> {
  writeFileSync(orderFile, JSON.stringify({ active, reachedFile }));
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications([specification], false);
  if (active === 0) {
    for (const error of unhandledErrors) process.stderr.write(`${String(error)}\n`);
    for (const module of testModules) {
      for (const error of module.errors()) process.stderr.write(`${module.moduleId}: ${error.message}\n`);
      for (const test of module.children.allTests('failed')) {
        process.stderr.write(`${test.fullName}: ${test.result().errors?.[0]?.message ?? ''}\n`);
      }
    }
  }
  return unhandledErrors.length === 0 && testModules.length > 0 && testModules.every((module) => module.ok());
}

/** Runs a test file without a mutant. Undefined where it does not reach the file. */
async function reachedBy(vitest: Vitest, specification: TestSpecification): Promise<Reaching | undefined> {
  writeFileSync(reachedFile, '');
  const startedMs = performance.now();
  if (!(await passes(vitest, specification, 0))) {
    throw new Error(`${specification.moduleId} fails without a mutant of ${order.file}.`);
  }
  const lines = readFileSync(reachedFile, 'utf8').split('\n').filter(Boolean);
  const ids = new Set(lines.flatMap((line) => (JSON.parse(line) as { readonly reached: readonly number[] }).reached));
  return ids.size === 0 ? undefined : { specification, ids, durationMs: performance.now() - startedMs };
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
        transform: (_text, id) => (id === path ? { code, map: null } : undefined),
      },
    ],
  },
);
try {
  appendFileSync(reachedFile, '');
  const reaching: Reaching[] = [];
  for (const specification of await vitest.globTestSpecifications([...order.tests])) {
    const entry = await reachedBy(vitest, specification);
    if (entry !== undefined) reaching.push(entry);
  }
  reaching.sort((one, other) => one.durationMs - other.durationMs);
  const timeoutMs = Math.max(LEAST_TIMEOUT_MS, (reaching.at(-1)?.durationMs ?? 0) * PATIENCE);
  Object.assign(vitest.getRootProject().config, { testTimeout: timeoutMs, hookTimeout: timeoutMs });
  say({ silenceMs: 60_000 + reaching.length * 2 * timeoutMs });
  for (const id of order.ids) {
    const own = reaching.filter(({ ids }) => ids.has(id));
    let outcome: MutantResult['outcome'] = own.length === 0 ? 'unreached' : 'survived';
    for (const { specification } of own) {
      if (await passes(vitest, specification, id)) continue;
      outcome = 'killed';
      break;
    }
    say({ id, outcome });
  }
} finally {
  await vitest.close();
  rmSync(folder, { recursive: true, force: true });
}
process.exit();
