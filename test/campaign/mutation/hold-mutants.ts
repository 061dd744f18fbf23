import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';

import type { HeartFile } from './heart.js';
import { instrument, type Mutant } from './mutants.js';
import { type MutantOutcome, ResultStore } from './result-store.js';
import type { MutantResult, MutantsHead, MutantsOrder } from './run-mutants.js';
import { sample } from './sample.js';

const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const PROGRAM = fileURLToPath(new URL('./run-mutants.ts', import.meta.url));
/** The tests may take so long without a mutant, on a machine that does other things as well. */
const FIRST_SILENCE_MS = 900_000;

export interface HeldMutant extends Mutant {
  readonly outcome: MutantOutcome;
}

export interface HeldFile {
  readonly mutantCount: number;
  /** One for each mutant of the sample, in the order of the text. */
  readonly results: readonly HeldMutant[];
}

export interface HoldOptions {
  /** Most mutants that are held; of more, a sample is drawn. */
  readonly most: number;
  readonly seed: number;
  /** @defaultValue nothing is known yet, nor remembered */
  readonly store?: ResultStore;
}

/**
 * Holds the mutants of one file against its tests, in a process of its own that is started again behind a mutant that hangs.
 *
 * @throws {Error} when the tests fail without a mutant.
 */
export async function holdMutants(
  heartFile: HeartFile,
  { most, seed, store = new ResultStore() }: HoldOptions,
): Promise<HeldFile> {
  const { file, tests } = heartFile;
  const { mutants } = instrument(file, readFileSync(file, 'utf8'));
  const chosen = sample(mutants, most, seed);
  const unknown = (): readonly Mutant[] => chosen.filter((mutant) => store.find(heartFile, mutant) === undefined);
  for (let left = unknown(); left.length > 0; left = unknown()) {
    const byId = new Map(left.map((mutant) => [mutant.id, mutant]));
    const { isSilent, errors } = await runOnce({ file, tests, ids: [...byId.keys()] }, ({ id, outcome }) => {
      const mutant = byId.get(id);
      if (mutant !== undefined) store.add(heartFile, mutant, outcome);
    });
    const [next] = unknown();
    if (next === undefined) break;
    if (!isSilent) throw new Error(`${file}: the runner ended early. ${errors}`);
    store.add(heartFile, next, 'hung');
  }
  const results = chosen.map((mutant) => ({ ...mutant, outcome: store.find(heartFile, mutant) ?? 'unreached' }));
  return { mutantCount: mutants.length, results };
}

interface Round {
  /** Whether the runner was ended because a mutant kept it from saying anything. */
  readonly isSilent: boolean;
  readonly errors: string;
}

async function runOnce(order: MutantsOrder, onResult: (result: MutantResult) => void): Promise<Round> {
  const child = spawn(process.execPath, ['--import', LOADER, PROGRAM, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // The runner's workers are in its group, and end with it.
    detached: true,
  });
  let silenceMs: number | undefined;
  let isSilent = false as boolean;
  let errors = '';
  const closed = new Promise<void>((resolve) => void child.once('close', () => resolve()));
  const giveUp = (): void => {
    isSilent = silenceMs !== undefined;
    errors += 'It said nothing.';
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  };
  let silence = setTimeout(giveUp, FIRST_SILENCE_MS);
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-4000)));
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('{')) {
      const said = JSON.parse(line) as MutantsHead | MutantResult;
      if ('outcome' in said) onResult(said);
      else ({ silenceMs } = said);
    }
    clearTimeout(silence);
    silence = setTimeout(giveUp, silenceMs ?? FIRST_SILENCE_MS);
  }
  clearTimeout(silence);
  await closed;
  return { isSilent, errors };
}
