/**
 * Setup of the tests that mutants are held against: chooses the mutant in force, and notes which mutants a test file reaches.
 * A setup file runs before the modules under test are loaded.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { afterAll, expect } from 'vitest';

/** JSON, written by the runner before each run: see {@link MutationOrder}. */
const ORDER_VARIABLE = 'CHATFERRY_MUTATION_ORDER';
/** More turns of loops than any test needs. */
const MOST_TURNS = 300_000;

export interface MutationOrder {
  /** The mutant in force; 0 for none. */
  readonly active: number;
  /** Where each test file appends a line: the mutants that it reached, as JSON. */
  readonly reachedFile: string;
}

const order = JSON.parse(readFileSync(process.env[ORDER_VARIABLE] ?? '', 'utf8')) as MutationOrder;
const reached = new Set<number>();
let turns = 0;

Object.assign(globalThis, {
  isMutant: (id: number): boolean => {
    reached.add(id);
    return id === order.active;
  },
  loopsOn: (): void => {
    turns += 1;
    if (order.active !== 0 && turns > MOST_TURNS) throw new Error('The mutant loops for ever.');
  },
});

if (order.active === 0) {
  afterAll(() => {
    const path = expect.getState().testPath;
    appendFileSync(order.reachedFile, `${JSON.stringify({ path, reached: [...reached] })}\n`);
  });
}
