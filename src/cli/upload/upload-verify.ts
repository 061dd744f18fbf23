import { resolve } from 'node:path';

import type { Command } from 'commander';

import { commandHelp } from '../command-help.js';
import { runCommand, type CliContext } from '../command-run.js';
import { collect } from './collect.js';
import { UPLOAD_KEYS } from './upload-keys.js';

const EXAMPLES = [
  ['upload verify upload-manifest.json', 'by the checksums of the stores'],
  ['upload verify upload-manifest.json --read', 'by downloading everything, where the store allows it'],
] as const;

const NOTE =
  'A manifest may come from a stranger: only targets that you have uploaded to, or name with --to, are asked.\n' +
  'Exit codes: 0 all there; 4 some are not (listed); 7 a store could not be asked.';

interface VerifyOptions {
  readonly to?: readonly string[];
  readonly read?: true;
}

/** `chatferry upload verify`: whether what was uploaded is still there. */
export function addUploadVerify(upload: Command, context: CliContext): void {
  upload
    .command('verify')
    .summary('compare the files of a manifest with the target')
    .description(
      'Compares every file of a manifest with the target: by hash if the store has one, else by size, ' +
        'with --read by reading it back; and says which.',
    )
    .argument('<manifest>', 'the upload-manifest.json of an upload')
    .option('--to <target>', 'only the files at this target; may be repeated', collect)
    .option('--read', 'read files back and compare their bytes')
    .addHelpText('after', commandHelp({ examples: EXAMPLES, reads: UPLOAD_KEYS, notes: [NOTE] }))
    .action(async (path: string, { to = [], read }: VerifyOptions, command: Command) => {
      await runCommand({ context, command, isOffline: true }, async (run) => {
        const { runVerify } = await import('./run-verify.js');
        return runVerify(run, { path: resolve(context.cwd, path), to, reads: read === true, cwd: context.cwd });
      });
    });
}
