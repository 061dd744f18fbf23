import type { Command } from 'commander';

import { amongOthers } from '../../chat/account.js';
import type { Chat } from '../../chat/chat.js';
import { shownChat } from '../../chat/shown-chat.js';
import { ExitCode } from '../../errors/exit-code.js';
import { commandHelp, TELEGRAM_KEYS } from '../command-help.js';
import { runCommand, type CliContext } from '../command-run.js';
import { tellServer } from '../foreign-server.js';
import { wholeNumberArgument } from '../number-argument.js';
import { printableLine } from '../../text/printable.js';
import { chatTitle } from '../terminal/progress/progress-lines.js';

interface ChatsOptions {
  readonly limit?: number;
}

/** `chatferry chats`: what there is to export. */
export function addChats(program: Command, context: CliContext): void {
  program
    .command('chats')
    .summary('list the chats of the account')
    .description('Lists the chats of the account, newest activity first. The first column is what `export` takes.')
    .option('--limit <count>', 'stop after so many chats', wholeNumberArgument({ min: 1 }))
    .addHelpText(
      'after',
      commandHelp({
        examples: [
          ['chats', 'all of them, as a table'],
          ['chats --json --limit 20', 'the 20 most recent ones, one JSON document a line'],
        ],
        reads: TELEGRAM_KEYS,
      }),
    )
    .action(async ({ limit = Infinity }: ChatsOptions, command: Command) => {
      await runCommand(
        { context, command, isForOutput: true },
        async ({ settings, loaded, terminal, progress, reporter, signal }) => {
          const [{ openSource }, { otherAccountsIn }, { renderTable }] = await Promise.all([
            import('../../app/open-source.js'),
            import('../../app/export/other-accounts.js'),
            import('../terminal/table.js'),
          ]);
          tellServer({ loaded, terminal });
          await using source = await openSource(settings, { reporter: progress, runId: reporter.runId, signal });
          const others = await otherAccountsIn(settings.exportDir, source.account);
          if (others.length > 0) terminal.say(printableLine(`Chats of ${amongOthers(source.account, others)}.`));
          const rows: string[][] = [];
          let count = 0;
          for await (const chat of source.chats(signal)) {
            terminal.printJson({ type: 'chat', ...shownChat(chat), account: source.account.id });
            rows.push(chatRow(chat));
            count += 1;
            if (count >= limit || terminal.isDeserted) break;
            await terminal.room(signal);
          }
          if (rows.length === 0) terminal.say('This account has no chats.');
          else terminal.print(renderTable({ columns: COLUMNS, rows, width: terminal.columns }));
          return ExitCode.complete;
        },
      );
    });
}

// Not how many messages: a list of dialogs does not say, and to ask for each would invite a flood wait.
const COLUMNS = [{ head: 'CHAT' }, { head: 'KIND' }, { head: 'LAST' }, { head: 'TITLE', narrows: 'cut' }] as const;

function chatRow(chat: Chat): string[] {
  const reference = chat.username === undefined ? chat.peerId : `@${chat.username}`;
  return [
    chat.kind === 'saved-messages' ? 'me' : reference,
    chat.kind,
    chat.lastMessageDateMs === undefined ? '' : new Date(chat.lastMessageDateMs).toISOString().slice(0, 10),
    chatTitle(chat),
  ];
}
