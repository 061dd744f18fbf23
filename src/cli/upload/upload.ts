import { resolve } from 'node:path';

import { type Command, Option } from 'commander';

import type { UploadCheck } from '../../upload/target-run.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import { ACCOUNT_OPTION, commandHelp } from '../command-help.js';
import type { CliContext } from '../command-run.js';
import { runCommand } from '../command-run.js';
import { SettingOption } from '../setting-option.js';
import { DISPLAY_KINDS } from './upload-display.js';
import { collect } from './collect.js';
import type { UploadOptions } from './items-of.js';
import { UPLOAD_KEYS } from './upload-keys.js';
import { addUploadSessions } from './upload-sessions.js';
import { addUploadVerify } from './upload-verify.js';
import { DEFAULT_MANIFEST } from './default-manifest.js';

const CHECKS: readonly UploadCheck[] = ['far-end', 'content', 'remembered'];

const EXAMPLES = [
  ['upload exports --to dir:/mnt/backup', 'a whole archive to a mounted share'],
  ['upload @harbour_crew --to s3://my-bucket/chats', 'one chat of the archive to a bucket'],
  ['upload ./photos film.mp4 --to dir:/mnt/a --to dir:/mnt/b', 'a folder and a file, to two places'],
  [
    'upload big.iso --to tus+https://tus.example.org/files --session big',
    'resumes by that name, also if the file was moved',
  ],
  ['upload verify upload-manifest.json', 'whether everything is still there'],
  ['upload sessions list', 'lists unfinished uploads'],
] as const;

const NOTES = [
  'Targets:\n' +
    '  dir:/path                       a folder, such as a mounted share\n' +
    '  s3://bucket/prefix              S3 and compatible stores (S3_ENDPOINT)\n' +
    '  tus+https://host/path           a tus server; tus+http:// on this machine\n' +
    '  supabase:bucket/prefix          Supabase Storage\n' +
    '  gemini:  openai:  kimi:         file stores of these services\n' +
    'Keys are set in the environment, never in a target: docs/UPLOADS.md.',
  'Exit codes: 0 all there and verified; 4 some failed (listed); 6 interrupted, the same command continues;\n' +
    '7 refused by the store or not reachable.',
];

/** `chatferry upload`: brings files to where they are kept. */
export function addUpload(program: Command, context: CliContext): void {
  const upload = program
    .command('upload')
    .summary('upload an archive, chats, files or folders to a store, and verify them there')
    .description(
      'Sends files in parts, several at a time, and resumes after an interruption. Each file is compared at the target ' +
        'end; what is there already is not sent again. The archive is only read, so an export may run at the same time.',
    )
    .argument(
      '[what...]',
      'archives, files and folders by their paths; chats of the archive as @name, link, id or title',
    )
    .option('--to <target>', 'target; may be repeated', collect)
    .option('--session <name>', 'a name to resume by, also if the file was moved')
    .option('--name <name>', 'name of the file or folder at the target, if only one is named')
    .addOption(new Option('--progress <how>', 'how progress is shown').choices(DISPLAY_KINDS))
    .addOption(new SettingOption('uploadBandwidthLimit', '<bytes>'))
    .addOption(new SettingOption('uploadMaxParallel', '<count>'))
    .addOption(new SettingOption('uploadChunkBytes', '<bytes>'))
    .option('--sequential', 'one request at a time')
    .addOption(
      new Option('--check <how>', 'how to check files that were sent before').choices(CHECKS).default('far-end'),
    )
    .option('--manifest <file>', `manifest to write (default: ${DEFAULT_MANIFEST} in this folder)`)
    .option('--dry-run', 'list what would be sent, and send nothing')
    .option('--account <account>', ACCOUNT_OPTION)
    .addOption(new SettingOption('exportDir', '<folder>'))
    .addHelpText('after', commandHelp({ examples: EXAMPLES, reads: UPLOAD_KEYS, notes: NOTES }))
    .action(async (what: readonly string[], options: UploadOptions, command: Command) => {
      const isNdjson = options.progress === 'ndjson';
      await runCommand(
        { context, command, goesOn: options.dryRun !== true, isOffline: true, ...(isNdjson ? { json: true } : {}) },
        async (run) => {
          refuseContradictions(what, options);
          const request = { what, options, cwd: context.cwd };
          // Loaded when it is wanted: it would cost every other command its start.
          if (options.dryRun === true) return (await import('./dry-run.js')).dryRun(run, request);
          const [{ itemsOpener }, { runUpload }] = await Promise.all([
            import('./items-of.js'),
            import('./run-upload.js'),
          ]);
          const { to = [], session, progress, sequential, check, manifest = DEFAULT_MANIFEST } = options;
          const manifestPath = resolve(context.cwd, manifest);
          return runUpload(run, {
            to,
            itemsFor: (onNote, onLeftOut) =>
              itemsOpener(request, { settings: run.settings, onNote, onLeftOut, leftOut: [manifestPath] }),
            cwd: context.cwd,
            sessionName: session,
            progress,
            isSequential: sequential === true,
            check,
            manifestPath,
          });
        },
      );
    });
  handDownOptions(upload);
  addUploadVerify(upload, context);
  addUploadSessions(upload, context);
}

/**
 * commander takes options of `upload` for its own wherever they stand. A command below it gets those that it has too; others
 * are refused: a `--dry-run` that is taken and not heeded would destroy.
 */
function handDownOptions(upload: Command): void {
  upload.hook('preAction', (_upload, called) => {
    if (called === upload) return;
    for (const option of upload.options) {
      const name = option.attributeName();
      if (upload.getOptionValueSource(name) !== 'cli') continue;
      if (!called.options.some((own) => own.attributeName() === name)) {
        upload.error(`error: unknown option '${option.long ?? option.flags}' for '${called.name()}'`);
      }
      called.setOptionValueWithSource(name, upload.getOptionValue(name), 'cli');
    }
  });
}

function refuseContradictions(what: readonly string[], { to = [], name }: UploadOptions): void {
  const refuse = (text: string): never => {
    throw new ChatferryError('USAGE', text);
  };
  if (what.length === 0) refuse('Name what to upload: an archive, a chat, files or folders.');
  if (to.length === 0) refuse('Name a target, such as --to dir:/path. chatferry upload --help lists all targets.');
  if (name !== undefined && what.length > 1) {
    refuse(`--name ${name} is for one file or folder, and ${what.length} are named. Upload them one by one.`);
  }
}
