import type { Command } from 'commander';

import { ExitCode } from '../../errors/exit-code.js';
import { commandHelp, TELEGRAM_KEYS } from '../command-help.js';
import { runCommand, type CliContext } from '../command-run.js';
import { confirmServer, foreignServer } from '../foreign-server.js';
import { SettingOption } from '../setting-option.js';
import { printableLine } from '../../text/printable.js';

interface LoginOptions {
  readonly code?: string;
  readonly replace?: true;
}

/** `chatferry login`: makes the session that every other command uses. */
export function addLogin(program: Command, context: CliContext): void {
  program
    .command('login')
    .summary('log in to Telegram and keep the session in a file')
    .description(
      'Logs in with phone number, code and, where it is set, the password of two-step verification; or as a bot with ' +
        'TELEGRAM_BOT_TOKEN. The session file is readable by you alone.',
    )
    .addOption(new SettingOption('telegramPhone', '<number>'))
    .option('--code <code>', 'the login code, if there is no terminal to ask on')
    .option('--replace', 'replace an existing login without asking')
    .addHelpText(
      'after',
      commandHelp({
        examples: [
          ['login', 'asks for everything it needs'],
          ["login --phone '+49 151 23456789'", 'asks for the code only'],
        ],
        reads: TELEGRAM_KEYS,
      }),
    )
    .action(async ({ code, replace }: LoginOptions, command: Command) => {
      await runCommand({ context, command, code, replacesLogin: replace === true }, async (run) => {
        const { settings, loaded, terminal, prompts, signal } = run;
        await confirmServer(run);
        const { login } = await import('../../app/open-source.js');
        const account = await login(settings, prompts, signal);
        const username = account.username === undefined ? '' : ` (@${account.username})`;
        terminal.print(printableLine(`Logged in as ${account.name}${username}.`));
        terminal.say(`The session is in ${settings.telegramSessionFile}.`);
        const server = foreignServer(loaded);
        terminal.printJson({
          type: 'account',
          ...account,
          sessionFile: settings.telegramSessionFile,
          ...(server === undefined ? {} : { server }),
        });
        return ExitCode.complete;
      });
    });
}
