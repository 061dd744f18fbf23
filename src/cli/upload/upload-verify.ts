import { resolve } from 'node:path';

import type { Command } from 'commander';

import { readManifest } from '../../app/upload/manifest/manifest-file.js';
import { isSound, type VerifiedFile } from '../../app/upload/manifest/verified-file.js';
import { verifyManifest } from '../../app/upload/manifest/verify-manifest.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import { exitCodeOf } from '../../errors/error-meaning.js';
import { ExitCode } from '../../errors/exit-code.js';
import { printableLine } from '../../text/printable.js';
import { commandHelp } from '../command-help.js';
import { runCommand, type CliContext, type CommandRun } from '../command-run.js';
import { countOf, formatCount } from '../terminal/amounts.js';
import { CountProgress } from '../terminal/count-progress.js';
import { collect } from './collect.js';
import { UPLOAD_KEYS } from './upload-keys.js';

/** What is said of all files of a target is said once. */
const MOST_REASONS = 1000;

const EXAMPLES = [
  ['upload verify upload-manifest.json', 'by the checksums that the stores give'],
  ['upload verify upload-manifest.json --read', 'by reading everything back, where the store gives it'],
] as const;

const NOTE =
  'A manifest may come from a stranger: only targets are asked that you have sent something to, or name by --to.\n' +
  'Exit codes: 0 all there; 4 some are not, listed; 7 a store could not be asked.';

interface VerifyOptions {
  readonly to?: readonly string[];
  readonly read?: true;
}

/** `chatferry upload verify`: whether what was uploaded is still there. */
export function addUploadVerify(upload: Command, context: CliContext): void {
  upload
    .command('verify')
    .summary('check what a manifest says against the far end')
    .description(
      'Compares every file of a manifest with what is at the far end: by hash where the store gives one, else by size, ' +
        'with --read by reading it back; and says which.',
    )
    .argument('<manifest>', 'the upload-manifest.json of an upload')
    .option('--to <target>', 'only the files at this target; may be given several times', collect)
    .option('--read', 'read files back and compare their bytes')
    .addHelpText('after', commandHelp({ examples: EXAMPLES, reads: UPLOAD_KEYS, notes: [NOTE] }))
    .action(async (path: string, _options: unknown, command: Command) => {
      // commander gives --to to the command above, which has it as well.
      const { to = [], read } = command.optsWithGlobals<VerifyOptions>();
      await runCommand({ context, command, isOffline: true }, (run) =>
        verify(run, { path: resolve(context.cwd, path), to, reads: read === true, cwd: context.cwd }),
      );
    });
}

interface Request {
  readonly path: string;
  readonly to: readonly string[];
  readonly reads: boolean;
  readonly cwd: string;
}

async function verify(run: CommandRun, { path, to, reads, cwd }: Request): Promise<ExitCode> {
  const { settings, terminal, signal } = run;
  const manifest = await readManifest(path);
  if (manifest === undefined) throw new ChatferryError('USAGE', `There is no ${path}. Check its spelling.`);
  const files = verifyManifest({ manifest, to, reads, settings, cwd, signal });
  const counts = new Map<string, number>();
  let [soundCount, troubleCount] = [0, 0];
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
        terminal.print(summary(soundCount, troubleCount, counts));
        return exitCode;
      }
      const file = next.value;
      terminal.printJson({ type: 'verified', ...file });
      if (isSound(file)) soundCount += 1;
      else {
        troubleCount += 1;
        const { reason = file.remote } = file;
        if (!saidReasons.has(reason)) terminal.print(troubleLine(file));
        if (saidReasons.size < MOST_REASONS) saidReasons.add(reason);
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

function troubleLine({ state, remote, reason = remote }: VerifiedFile): string {
  return printableLine(`${state}: ${reason}`);
}

/** `All there: 12 files, 10 by sha256, 2 by size.` */
function summary(soundCount: number, troubleCount: number, counts: ReadonlyMap<string, number>): string {
  const by = [...counts].map(([how, count]) => `${formatCount(count)} by ${how === 'read' ? 'reading back' : how}`);
  const compared = by.length === 0 ? '' : `; compared: ${by.join(', ')}`;
  if (troubleCount === 0) return `All there: ${countOf(soundCount, 'file')}${compared}.`;
  return `\nNot as it was: ${formatCount(troubleCount)} of ${countOf(soundCount + troubleCount, 'file')}${compared}.`;
}
