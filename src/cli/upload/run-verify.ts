import { readManifest } from '../../app/upload/manifest/manifest-file.js';
import { isSound, type VerifiedFile, type VerifiedState } from '../../app/upload/manifest/verified-file.js';
import { verifyManifest } from '../../app/upload/manifest/verify-manifest.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import { exitCodeOf } from '../../errors/error-meaning.js';
import { ExitCode } from '../../errors/exit-code.js';
import { printableLine } from '../../text/printable.js';
import type { CommandRun } from '../command-run.js';
import { countOf, formatCount } from '../terminal/amounts.js';
import { CountProgress } from '../terminal/progress/count-progress.js';

/** Of each kind of trouble; `--json` has all. */
const MOST_LISTED = 10;

export interface VerifyManifestRequest {
  /** Of the manifest, absolute. */
  readonly path: string;
  /** As `--to` has them. */
  readonly to: readonly string[];
  /** Read files back where the target gives them. */
  readonly reads: boolean;
  readonly cwd: string;
}

/** Compares the files of a manifest with the target. @throws {ChatferryError} `USAGE`; the signal's reason. */
export async function runVerify(run: CommandRun, { path, to, reads, cwd }: VerifyManifestRequest): Promise<ExitCode> {
  const { settings, terminal, signal } = run;
  const manifest = await readManifest(path, 'Name the manifest of an upload.');
  if (manifest === undefined) throw new ChatferryError('USAGE', `There is no ${path}. Check its spelling.`);
  const files = verifyManifest({ manifest, to, reads, settings, cwd, signal });
  const counts = new Map<string, number>();
  let [soundCount, troubleCount] = [0, 0];
  const troubles = new Map<VerifiedState, number>();
  const saidReasons = new Set<string>();
  using progress = new CountProgress(terminal, manifest.files.length, 'file');
  try {
    for (;;) {
      const next = await files.next();
      if (next.done === true) {
        if (soundCount + troubleCount === 0 && manifest.files.length > 0) throw noneThere(path, to);
        const exitCode = next.value === undefined ? codeOf(troubleCount) : exitCodeOf(next.value);
        terminal.printJson({
          type: 'summary',
          exitCode,
          soundCount,
          troubleCount,
          comparedBy: Object.fromEntries(counts),
        });
        progress[Symbol.dispose]();
        terminal.print(summary(soundCount, troubles, counts));
        return exitCode;
      }
      const file = next.value;
      terminal.printJson({ type: 'verified', ...file });
      if (isSound(file)) soundCount += 1;
      else {
        troubleCount += 1;
        const earlierCount = troubles.get(file.state) ?? 0;
        troubles.set(file.state, earlierCount + 1);
        if (earlierCount < MOST_LISTED) terminal.print(troubleLine(file, saidReasons));
      }
      if (file.by !== undefined) counts.set(file.by, (counts.get(file.by) ?? 0) + 1);
      progress.step();
      await terminal.room(signal);
    }
  } finally {
    await files.return(undefined);
  }
}

function noneThere(path: string, to: readonly string[]): ChatferryError {
  return new ChatferryError(
    'USAGE',
    `No file of ${path} is at ${to.join(' or ')}. Leave --to out to see where they are.`,
  );
}

function codeOf(troubleCount: number): ExitCode {
  return troubleCount === 0 ? ExitCode.complete : ExitCode.mediaMissing;
}

/** A reason that applies to all files of a target is printed for the first one only. */
function troubleLine({ state, remote, reason = remote }: VerifiedFile, saidReasons: Set<string>): string {
  const named = reason.includes(remote) ? reason : `${reason} (${remote})`;
  const shown = saidReasons.has(reason) ? remote : named;
  saidReasons.add(reason);
  return printableLine(`${state}: ${shown}`);
}

/** `All there: 12 files; compared: 10 by sha256, 2 by size.` */
function summary(
  soundCount: number,
  troubles: ReadonlyMap<VerifiedState, number>,
  counts: ReadonlyMap<string, number>,
): string {
  const by = [...counts].map(([how, count]) => `${formatCount(count)} by ${how === 'read' ? 'reading back' : how}`);
  if (soundCount === 0 && troubles.size === 0) return 'The manifest names no files: there was nothing to compare.';
  const compared = by.length === 0 ? '' : `; compared: ${by.join(', ')}`;
  if (troubles.size === 0) return `All there: ${countOf(soundCount, 'file')}${compared}.`;
  const all = countOf(
    [...troubles.values()].reduce((sum, count) => sum + count, soundCount),
    'file',
  );
  const unlisted = [...troubles].filter(([, count]) => count > MOST_LISTED);
  const more = unlisted.map(
    ([state, count]) => `… and ${formatCount(count - MOST_LISTED)} more ${state}: --json lists all.`,
  );
  const [failed = 0, unnamed = 0] = [troubles.get('failed'), troubles.get('unnamed')];
  const changed = [...troubles.values()].reduce((sum, count) => sum + count, 0) - failed - unnamed;
  const lines = [
    ['Not as it was', changed],
    ['Could not be read', failed],
    ['Not asked for', unnamed],
  ] as const;
  const told = lines.flatMap(([what, count]) => (count === 0 ? [] : [`${what}: ${formatCount(count)} of ${all}`]));
  return [...more, `\n${told.join('. ')}${compared}.`].join('\n');
}
