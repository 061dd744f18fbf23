import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';

import type { MutantResult, MutantsHead, MutantsOrder } from './run-mutants.js';

const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const PROGRAM = fileURLToPath(new URL('./run-mutants.ts', import.meta.url));
/** A mutant that leaves the runner silent for so long hangs, which a test run by hand would notice. */
const SILENCE_MS = 90_000;

export interface HeldMutant extends Omit<MutantResult, 'outcome'> {
  readonly outcome: MutantResult['outcome'] | 'hung';
}

export interface HeldFile extends MutantsHead {
  readonly file: string;
  readonly results: readonly HeldMutant[];
}

/**
 * Holds the mutants of one file against its tests, in a process of its own that is started again behind a mutant that hangs.
 *
 * @throws {Error} when the tests fail without a mutant.
 */
export async function holdMutants(
  order: Omit<MutantsOrder, 'skip'>,
  onResult: (result: HeldMutant) => void = () => undefined,
): Promise<HeldFile> {
  const results: HeldMutant[] = [];
  let head: MutantsHead | undefined;
  while (head === undefined || results.length < head.sampleCount) {
    const { skipped, ...round } = await runOnce({ ...order, skip: results.length }, (result) => {
      results.push(result);
      onResult(result);
    });
    head = round.head ?? head;
    if (head === undefined) throw new Error(`${order.file}: ${round.errors}`);
    if (results.length >= head.sampleCount) break;
    if (!skipped) throw new Error(`${order.file}: the runner ended early. ${round.errors}`);
    const hung: HeldMutant = { id: 0, place: `#${results.length + 1}`, original: '', replacement: '', outcome: 'hung' };
    results.push(hung);
    onResult(hung);
  }
  return { file: order.file, ...head, results };
}

interface Round {
  /** Undefined where the runner ended before its first mutant. */
  readonly head: MutantsHead | undefined;
  /** Whether the runner was ended because of its silence. */
  readonly skipped: boolean;
  readonly errors: string;
}

async function runOnce(order: MutantsOrder, onResult: (result: MutantResult) => void): Promise<Round> {
  const child = spawn(process.execPath, ['--import', LOADER, PROGRAM, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // The runner's workers are in its group, and end with it.
    detached: true,
  });
  let head: MutantsHead | undefined;
  let skipped = false as boolean;
  let errors = '';
  const closed = new Promise<void>((resolve) => void child.once('close', () => resolve()));
  const giveUp = (): void => {
    skipped = true;
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  };
  let silence = setTimeout(giveUp, SILENCE_MS);
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-4000)));
  for await (const line of createInterface({ input: child.stdout })) {
    clearTimeout(silence);
    silence = setTimeout(giveUp, SILENCE_MS);
    if (!line.startsWith('{')) continue;
    const said = JSON.parse(line) as MutantsHead | MutantResult;
    if ('outcome' in said) onResult(said);
    else head = said;
  }
  clearTimeout(silence);
  await closed;
  return { head, skipped, errors };
}
