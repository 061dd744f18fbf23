import type { Command } from 'commander';

import type { ExitCode } from '../../errors/exit-code.js';
import { commandHelp } from '../command-help.js';
import { runCommand, type CliContext, type CommandRun } from '../command-run.js';
import { SettingOption } from '../setting-option.js';
import type * as RunSessions from './run-sessions.js';
import { UPLOAD_KEYS } from './upload-keys.js';

const EXAMPLES = [
  ['upload sessions list', 'lists unfinished uploads'],
  ['upload sessions resume my-upload', 'resume it'],
  ['upload sessions delete my-upload', 'give it up, and remove its parts at the target'],
] as const;

const DRY_RUN = 'list what would go, and remove nothing';

interface DryRunOption {
  readonly dryRun?: true;
}

interface CleanOptions extends DryRunOption {
  readonly remote?: true;
}

/** `chatferry upload sessions`: unfinished uploads. */
export function addUploadSessions(upload: Command, context: CliContext): void {
  const sessions = upload
    .command('sessions')
    .summary('list, resume and give up unfinished uploads')
    .description('The state that unfinished uploads resume from. Expired sessions cannot be resumed.')
    .addHelpText('after', commandHelp({ examples: EXAMPLES, reads: UPLOAD_KEYS }));
  /** What does the work is loaded when it is wanted: it would cost every other command its start. */
  const act =
    (work: (sessions: typeof RunSessions, run: CommandRun, word: string) => Promise<ExitCode>) =>
    async (word: string, _options: unknown, command: Command): Promise<void> => {
      await runCommand({ context, command, isOffline: true, goesOn: command.name() === 'resume' }, async (run) =>
        work(await import('./run-sessions.js'), run, word),
      );
    };
  sessions
    .command('list')
    .description('lists all sessions, the one that changed last first')
    .action(async (_options: unknown, command: Command) => {
      await runCommand({ context, command, isOffline: true }, async (run) => {
        const { listSessions } = await import('./run-sessions.js');
        return listSessions(run);
      });
    });
  sessions
    .command('show')
    .description('shows the details of one')
    .argument('<id|name>')
    .action(act((work, run, word) => work.showSession(run, word)));
  sessions
    .command('resume')
    .description('resumes one, or all with that name')
    .argument('<id|name>')
    .addOption(new SettingOption('uploadBandwidthLimit', '<bytes>'))
    .addOption(new SettingOption('uploadMaxParallel', '<count>'))
    .addOption(new SettingOption('exportDir', '<folder>'))
    .action(act((work, run, word) => work.resumeSessions(run, word, context.cwd)));
  sessions
    .command('delete')
    .description('gives one up, and removes its parts at the target')
    .argument('<id|name>')
    .option('--dry-run', DRY_RUN)
    .action(async (word: string, { dryRun }: DryRunOption, command: Command) => {
      await runCommand({ context, command, isOffline: true }, async (run) => {
        const { deleteSessions } = await import('./run-sessions.js');
        return deleteSessions(run, word, { cwd: context.cwd, isDryRun: dryRun === true });
      });
    });
  sessions
    .command('clean')
    .description('removes expired ones, and their parts at the target')
    .option('--remote', 'also end our unfinished uploads at the target that have no session')
    .option('--dry-run', DRY_RUN)
    .action(async ({ remote, dryRun }: CleanOptions, command: Command) => {
      await runCommand({ context, command, isOffline: true }, async (run) => {
        const { cleanSessions } = await import('./run-sessions.js');
        return cleanSessions(run, {
          isRemote: remote === true,
          cwd: context.cwd,
          isDryRun: dryRun === true,
        });
      });
    });
}
