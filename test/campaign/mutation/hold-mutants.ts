import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';

import type { Room } from './heart.js';
import type { Mutant } from './mutants.js';
import { mutantsOf } from './mutants-of.js';
import { type MutantOutcome, ResultStore, type Trial } from './result-store.js';
import type { MutantResult, MutantsLine, MutantsOrder } from './run-mutants.js';
import { sample } from './sample.js';

const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const PROGRAM = fileURLToPath(new URL('./run-mutants.ts', import.meta.url));
/** The tests may take so long without a mutant, on a machine that does other things as well. */
const FIRST_SILENCE_MS = 900_000;

export interface HeldMutant extends Mutant {
  readonly outcome: MutantOutcome;
}

export interface HeldFile {
  readonly file: string;
  readonly mutantCount: number;
  /** One for each mutant of the sample, in the order of the text. */
  readonly results: readonly HeldMutant[];
}

export interface HoldOptions {
  /** Most mutants of each file that are held; of more, a sample is drawn. */
  readonly most: number;
  readonly seed: number;
  /** @defaultValue nothing is known yet, nor remembered */
  readonly store?: ResultStore;
}

/**
 * Holds the mutants of some files against their tests, in a process of its own that is started again behind a mutant that
 * hangs.
 *
 * @throws {Error} when the tests fail without a mutant.
 */
export async function holdMutants(
  { files, tests }: Room,
  { most, seed, store = new ResultStore() }: HoldOptions,
): Promise<readonly HeldFile[]> {
  const all = mutantsOf(files);
  const chosen = all.map(({ file, mutants }) => sample(mutants, most, seed).map((mutant) => ({ file, mutant, tests })));
  const unknown = (): readonly Trial[] => chosen.flat().filter((trial) => store.find(trial) === undefined);
  for (let left = unknown(); left.length > 0; left = unknown()) {
    const byId = new Map(left.map((trial) => [trial.mutant.id, trial]));
    const { heldBy, errors } = await runOnce({ files, tests, ids: [...byId.keys()] }, ({ id, outcome }) => {
      const trial = byId.get(id);
      if (trial !== undefined) store.add(trial, outcome);
    });
    if (unknown().length === 0) break;
    const hung = byId.get(heldBy ?? 0);
    if (hung === undefined) throw new Error(`The runner ended early. ${errors}`);
    store.add(hung, 'hung');
  }
  return all.map(({ file, mutants }, index) => ({
    file,
    mutantCount: mutants.length,
    results: (chosen[index] ?? []).map((trial) => ({ ...trial.mutant, outcome: store.find(trial) ?? 'unreached' })),
  }));
}

interface Round {
  /** The mutant that kept the runner from saying anything, so that it was ended. */
  readonly heldBy: number | undefined;
  readonly errors: string;
}

async function runOnce(order: MutantsOrder, onResult: (result: MutantResult) => void): Promise<Round> {
  const child = spawn(process.execPath, ['--import', LOADER, PROGRAM, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // The runner's workers are in its group, and end with it.
    detached: true,
  });
  let silenceMs: number | undefined;
  let begunId: number | undefined;
  let heldBy: number | undefined;
  let errors = '';
  const closed = new Promise<void>((resolve) => void child.once('close', () => resolve()));
  const giveUp = (): void => {
    heldBy = silenceMs === undefined ? undefined : begunId;
    errors += 'It said nothing.';
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  };
  let silence = setTimeout(giveUp, FIRST_SILENCE_MS);
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-4000)));
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('{')) {
      const said = JSON.parse(line) as MutantsLine;
      if ('outcome' in said) onResult(said);
      else if ('begunId' in said) ({ begunId } = said);
      else ({ silenceMs } = said);
    }
    clearTimeout(silence);
    silence = setTimeout(giveUp, silenceMs ?? FIRST_SILENCE_MS);
  }
  clearTimeout(silence);
  await closed;
  return { heldBy, errors };
}
