import { join } from 'node:path';

import type { Command } from 'commander';

import { commandHelp, EXPORT_KEYS } from '../command-help.js';
import { runCommand, type CliContext } from '../command-run.js';
import { SettingOption } from '../setting-option.js';
import { endDemoUpload, startDemoUpload } from './demo-upload.js';

interface DemoOptions {
  readonly upload?: boolean;
}

/** `chatferry demo`: the whole way once, with a Telegram that is always there. */
export function addDemo(program: Command, context: CliContext): void {
  program
    .command('demo')
    .summary('export a lively chat from a Telegram on this machine')
    .description(
      'Starts a Telegram on this machine, logs in to it, exports a lively chat of several hundred messages with every ' +
        'kind of media, and leaves archive and result.json. Needs no account and no network. Files go to the folder demo ' +
        'in the export directory, so that they never mix with real chats.',
    )
    .addOption(new SettingOption('exportDir', '<folder>'))
    .addOption(new SettingOption('parallelMediaMode', '<mode>'))
    .addOption(new SettingOption('maxParallelMedia', '<count>'))
    .option('--upload', 'upload the archive to a tus server on this machine as well, and read it back')
    .addHelpText(
      'after',
      commandHelp({
        examples: [
          ['demo', 'into exports/demo'],
          ['demo --mode sequential', 'the same work, one file at a time, to compare'],
          ['demo --upload', 'and upload each file as soon as it is safe, to a server that is started for it'],
        ],
        reads: [...EXPORT_KEYS, 'requestTimeoutMs', 'maxFloodWaitMs', 'ffmpegPath', 'ffprobePath'],
      }),
    )
    .action(async ({ upload: isUploaded }: DemoOptions, command: Command) => {
      await runCommand({ context, command, goesOn: true, isOffline: true }, async (run) => {
        const { settings, loaded, terminal, progress, signal } = run;
        const { runId } = run.reporter;
        const { runDemo } = await import('../../app/demo/run-demo.js');
        const named = loaded.origin('exportDir') === 'flag';
        const directory = named ? settings.exportDir : join(settings.exportDir, 'demo');
        await using upload = isUploaded === true ? await startDemoUpload(run, context.cwd) : undefined;
        const summary = await runDemo({
          directory,
          settings,
          reporter: progress,
          runId,
          signal,
          follower: upload?.demo.follower,
        });
        const { printSummary } = await import('../terminal/export-summary.js');
        printSummary(terminal, summary, { cwd: context.cwd, verbose: settings.logLevel === 'debug' });
        if (upload !== undefined) await endDemoUpload(upload, terminal, directory);
        return summary.exitCode;
      });
    });
}
