import type { Command } from 'commander';

import { shownChat } from '../chat/shown-chat.js';
import { ExitCode } from '../errors/exit-code.js';
import { commandHelp } from './command-help.js';
import { runCommand, type CliContext } from './command-run.js';
import { formatOption } from './format-option.js';
import { SettingOption } from './setting-option.js';
import { countOf } from './terminal/amounts.js';
import { chatTitle } from './terminal/progress-lines.js';

interface RenderCommandOptions {
  readonly format: readonly string[];
}

/** `chatferry render`: formats made again from the archive, without Telegram. */
export function addRender(program: Command, context: CliContext): void {
  program
    .command('render')
    .summary('render chats of the archive again, without Telegram')
    .description('Makes the files of a format again from the archive. Needs no login and no network.')
    .argument('[chats...]', '@name, t.me link, id, title, or me; all chats of the archive when none is named')
    .addOption(new SettingOption('exportDir', '<folder>'))
    .addOption(formatOption())
    .addOption(new SettingOption('timeZone', '<zone>'))
    .addHelpText(
      'after',
      commandHelp({
        examples: [
          ['render', 'every chat of the archive'],
          ['render @harbour_crew --time-zone UTC', 'one chat, with times in UTC'],
        ],
        reads: ['exportDir', 'timeZone'],
      }),
    )
    .action(async (chats: readonly string[], { format }: RenderCommandOptions, command: Command) => {
      await runCommand({ context, command }, async ({ settings, terminal, reporter, signal }) => {
        const { renderArchive } = await import('../app/render-archive.js');
        const rendered = await renderArchive({ settings, chats, formats: format, reporter, signal });
        for (const { chat, format: made, paths, messageCount } of rendered) {
          terminal.printJson({ type: 'render', chat: shownChat(chat), format: made, paths, messageCount });
          terminal.print(`${chatTitle(chat)}: ${made}, ${countOf(messageCount, 'message')}`);
          for (const path of paths) terminal.print(`  ${path}`);
          await terminal.room(signal);
        }
        return ExitCode.complete;
      });
    });
}
