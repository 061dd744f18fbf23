import type { Command } from 'commander';

import { accountTitle } from '../../chat/account.js';
import { shownChat } from '../../chat/shown-chat.js';
import { ExitCode } from '../../errors/exit-code.js';
import type { ProgressReporter } from '../../pipeline/export-progress.js';
import { ACCOUNT_OPTION, commandHelp } from '../command-help.js';
import { runCommand, type CliContext } from '../command-run.js';
import { formatOption } from '../format-option.js';
import { SettingOption } from '../setting-option.js';
import { countOf } from '../terminal/amounts.js';
import { printableLine } from '../../text/printable.js';
import { chatTitle } from '../terminal/progress/progress-lines.js';

interface RenderCommandOptions {
  readonly format: readonly string[];
  readonly account?: string;
}

/** `chatferry render`: formats made again from the archive, without Telegram. */
export function addRender(program: Command, context: CliContext): void {
  program
    .command('render')
    .summary('render chats of the archive again, without Telegram')
    .description('Renders the files of a format again from the archive. Needs no login and no network.')
    .argument('[chats...]', '@name, t.me link, id, title, or me; all chats of the archive when none is named')
    .addOption(new SettingOption('exportDir', '<folder>'))
    .option('--account <account>', ACCOUNT_OPTION)
    .addOption(formatOption())
    .addOption(new SettingOption('timeZone', '<zone>'))
    .addHelpText(
      'after',
      commandHelp({
        examples: [
          ['render', 'every chat of the archive'],
          ['render @harbour_crew --time-zone UTC', 'one chat, with times in UTC'],
          ['render --account @ann', 'what Ann exported, where several accounts did'],
        ],
        reads: ['exportDir', 'timeZone'],
      }),
    )
    .action(async (chats: readonly string[], { format, account }: RenderCommandOptions, command: Command) => {
      await runCommand({ context, command, isOffline: true }, async (run) => {
        const { settings, terminal, progress, signal } = run;
        const { runId } = run.reporter;
        const [{ renderArchive }, { rendererFor }] = await Promise.all([
          import('../../app/render-archive.js'),
          import('../renderers.js'),
        ]);
        const renderers = format.map(rendererFor);
        // On a terminal the paths stand among the results, and would be told twice.
        const reporter = terminal.isLive ? withoutRendered(progress) : progress;
        const rendered = await renderArchive({ settings, chats, account, renderers, reporter, runId, signal });
        for (const { chat, owner, format: made, paths, messageCount } of rendered.chats) {
          terminal.printJson({ type: 'render', chat: shownChat(chat), format: made, paths, messageCount });
          const whose = owner === undefined ? '' : ` of ${printableLine(accountTitle(owner))}`;
          terminal.print(`${chatTitle(chat)}${whose}: ${made}, ${countOf(messageCount, 'message')}`);
          for (const path of paths) terminal.print(`  ${printableLine(path)}`);
          await terminal.room(signal);
        }
        for (const path of rendered.paths) terminal.print(`  ${printableLine(path)}`);
        return ExitCode.complete;
      });
    });
}

function withoutRendered(reporter: ProgressReporter): ProgressReporter {
  return {
    event: (event) => {
      if (event.type !== 'rendered') reporter.event(event);
    },
    ...(reporter.room === undefined ? {} : { room: reporter.room.bind(reporter) }),
  };
}
