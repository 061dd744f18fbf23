/**
 * Setup of the tests that mutants are held against: says which mutant is in force, and notes which mutants a test file
 * reaches. A setup file runs before the modules under test are loaded.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { afterAll } from 'vitest';

/** JSON, written by the runner before each run: see {@link MutationOrder}. */
const ORDER_VARIABLE = 'CHATFERRY_MUTATION_ORDER';
/** More turns of loops than any test file needs. */
const MOST_TURNS = 300_000;

export interface MutationOrder {
  /** The mutants that the test file is run with, one after the other; 0 for none. */
  readonly ids: readonly number[];
  /** Where each mutant that comes into force appends a line with its id. */
  readonly progressFile: string;
  /** Where the mutants that the test file reached are written, as JSON. */
  readonly reachedFile: string;
}

const order = JSON.parse(readFileSync(process.env[ORDER_VARIABLE] ?? '', 'utf8')) as MutationOrder;
const reached = new Set<number>();
let active = 0;
let turns = 0;

Object.assign(globalThis, {
  mutantIds: order.ids,
  activateMutant: (id: number): void => {
    appendFileSync(order.progressFile, `${id}\n`);
    [active, turns] = [id, 0];
  },
  isMutant: (id: number): boolean => {
    reached.add(id);
    return id === active;
  },
  loopsOn: (): void => {
    turns += 1;
    if (active !== 0 && turns > MOST_TURNS) throw new Error('The mutant loops for ever.');
  },
});

afterAll(() => {
  appendFileSync(order.reachedFile, JSON.stringify([...reached]));
});
