import type { Command } from 'commander';

import type { ExportSummary } from '../../app/export/create-export.js';
import { commandHelp, EXPORT_KEYS, REPLACES_ORIGINALS, TELEGRAM_KEYS } from '../command-help.js';
import { runCommand, type CliContext } from '../command-run.js';
import { tellServer } from '../foreign-server.js';
import { ExportUploadRun } from './export-uploads.js';
import { refuseContradictions } from './export-contradictions.js';
import { DEFAULT_MANIFEST } from '../upload/default-manifest.js';
import { formatOption } from '../format-option.js';
import { wholeNumberArgument } from '../number-argument.js';
import { flagsOf, SettingOption } from '../setting-option.js';

interface ExportOptions {
  readonly all?: true;
  readonly exclude: readonly string[];
  readonly format: readonly string[];
  readonly upToId?: number;
  readonly manifest?: string;
}

/** `chatferry export`: the main job. */
export function addExport(program: Command, context: CliContext): void {
  program
    .command('export')
    .summary('export chats into the archive')
    .description(
      'Exports chats with all their media into the archive, in order, and renders them. Run again, it continues where the ' +
        'last run stopped, fetches what is new, and retries what was missing.',
    )
    .argument('[chats...]', '@name, t.me link, id, title, or me for the saved messages')
    .option('--all', 'every chat of the account')
    .option('--exclude <chat>', 'leave this chat out of --all; may be repeated', appended, [])
    .option('--up-to-id <id>', 'for bots: request every message id up to this one, and no further', messageId)
    .addOption(new SettingOption('exportDir', '<folder>'))
    .addOption(formatOption())
    .addOption(new SettingOption('mediaKinds', '<kinds>'))
    .addOption(new SettingOption('maxMediaSizeBytes', '<number>'))
    .addOption(new SettingOption('parallelMediaMode', '<mode>'))
    .addOption(new SettingOption('maxParallelMedia', '<count>'))
    .addOption(new SettingOption('parallelMediaProcessing', { means: 'false' }, 'one file at a time'))
    .addOption(new SettingOption('parallelMediaMemoryLimitMb', '<number>'))
    .addOption(
      new SettingOption('deduplicateMedia', { means: 'false' }, 'fetch every file, also those with the same content'),
    )
    .addOption(new SettingOption('mediaDerivatives', { means: 'false' }, 'no thumbnails, posters and waveforms'))
    .addOption(new SettingOption('mediaTranscode', '<preset>'))
    .addOption(new SettingOption('mediaTranscodeOriginals', { means: 'replace' }, REPLACES_ORIGINALS))
    .addOption(new SettingOption('timeZone', '<zone>'))
    .addOption(new SettingOption('exportUploadTo', '<targets>', UPLOADS_TO))
    .option('--manifest <file>', `with --upload-to, manifest to write (default: ${DEFAULT_MANIFEST} in this folder)`)
    .addHelpText('after', commandHelp({ examples: EXAMPLES, reads: [...TELEGRAM_KEYS, ...EXPORT_KEYS], notes: [NOTE] }))
    .action(async (references: readonly string[], options: ExportOptions, command: Command) => {
      await runCommand({ context, command, goesOn: true }, async (run) => {
        const { settings, loaded, terminal, progress, reporter, signal } = run;
        const { runId } = reporter;
        refuseContradictions({ references, ...options, flags: flagsOf(command), settings });
        const [{ prepareArchiveFolder }, { openSource }, { runExport }, { rendererFor }, bots, choice] =
          await Promise.all([
            import('../../app/export/archive-folder.js'),
            import('../../app/open-source.js'),
            import('../../app/export/create-export.js'),
            import('../renderers.js'),
            import('../../app/export/bot-export.js'),
            import('../../app/export/choose-chats.js'),
          ]);
        const renderers = options.format.map(rendererFor); // An unknown format must not be found out after hours of work.
        await prepareArchiveFolder(settings.exportDir, settings.archiveMode);
        // What is no target must not be found out after hours of work.
        await using uploads = await ExportUploadRun.open(run, { cwd: context.cwd, named: options.manifest });
        tellServer({ loaded, terminal });
        const { upToId, exclude: excluded } = options;
        const exportAll = async (): Promise<ExportSummary> => {
          const expectsMedia = settings.mediaKinds.length > 0;
          await using source = await openSource(settings, { reporter: progress, runId, signal, expectsMedia });
          bots.refuseEndForPeople(source.account, upToId);
          const onNote = (text: string): void => {
            reporter.event({ type: 'note', text });
          };
          const chats = await choice.chooseChats(source, { references, excluded, onNote, signal });
          return await runExport({
            settings,
            source,
            chats,
            renderers,
            upToId,
            reporter: progress,
            runId,
            signal,
            follower: uploads?.follower,
          });
        };
        const summary = await exportAll();
        const { printSummary } = await import('../terminal/export-summary.js');
        printSummary(terminal, summary, {
          cwd: context.cwd,
          verbose: settings.logLevel === 'debug',
          isOfAll: options.all === true,
        });
        if (uploads === undefined) return summary.exitCode;
        return await uploads.end(summary.exitCode);
      });
    });
}

// TL's `int`.
const messageId = wholeNumberArgument({ min: 1, max: 0x7fff_ffff });

/** Of `--upload-to`. */
const UPLOADS_TO = 'upload each file as soon as it is safe, to these targets (as in upload --to, separated by commas)';

const EXAMPLES = [
  ['export @harbour_crew', 'one chat, with everything in it'],
  ['export me --media photo,video', 'photos and videos of the saved messages'],
  ['export --all --out ~/telegram', 'every chat, into another folder'],
  ['export --all --exclude @news --exclude me', 'every chat but two'],
  ['export @harbour_crew --upload-to s3://my-bucket/chats', 'and upload each file as soon as it is safe'],
  ['export @harbour_crew --mode sequential', 'one file at a time'],
] as const;

const NOTE =
  'Ctrl-C ends cleanly (exit code 6), and the same command continues. Exit code 4: everything is\n' +
  'there except the chats listed as not exported and the media in the last table, which says\n' +
  'whether the same command helps.';

function appended(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
