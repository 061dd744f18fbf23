import type { Command } from 'commander';

import { ExitCode } from '../../errors/exit-code.js';
import { commandHelp, TELEGRAM_KEYS } from '../command-help.js';
import { runCommand, type CliContext } from '../command-run.js';
import { tellServer } from '../foreign-server.js';

/** `chatferry logout`: ends the session at Telegram and removes its file. */
export function addLogout(program: Command, context: CliContext): void {
  program
    .command('logout')
    .summary('end the session at Telegram and remove its file')
    .description('Ends the session at Telegram, so that copies of it are useless, and removes the session file.')
    .addHelpText('after', commandHelp({ examples: [['logout', 'forgets this account']], reads: TELEGRAM_KEYS }))
    .action(async (_options: object, command: Command) => {
      await runCommand({ context, command }, async (run) => {
        const { settings, terminal, signal } = run;
        tellServer(run);
        const { logout } = await import('../../app/open-source.js');
        await logout(settings, signal);
        terminal.print('Logged out.');
        terminal.printJson({ type: 'logged-out' });
        return ExitCode.complete;
      });
    });
}
