import type { Command } from 'commander';

import { ExitCode } from '../../errors/exit-code.js';
import { commandHelp, TELEGRAM_KEYS } from '../command-help.js';
import { runCommand, type CliContext } from '../command-run.js';
import { foreignServer } from '../foreign-server.js';
import { printableLine } from '../../text/printable.js';

/** `chatferry doctor`: is everything there that an export needs? */
export function addDoctor(program: Command, context: CliContext): void {
  program
    .command('doctor')
    .summary('check what an export needs, and say how to repair it')
    .description(
      'Checks Node, ffmpeg, the disk, the database, the settings and whether Telegram can be reached, and says what to ' +
        'do about what is wrong. Exit code 2 when something is.',
    )
    .addHelpText(
      'after',
      commandHelp({
        examples: [['doctor', 'checks everything']],
        reads: [...TELEGRAM_KEYS, 'exportDir', 'ffmpegPath', 'ffprobePath', 'ffmpegAnyVersion'],
      }),
    )
    .action(async (_options: object, command: Command) => {
      await runCommand({ context, command, isAboutTrust: true }, async ({ settings, loaded, terminal, signal }) => {
        const { diagnose } = await import('../../app/diagnose.js');
        const { green, red, yellow } = terminal.color;
        const marks = { yes: green('ok     '), warning: yellow('warning'), no: red('wrong  ') };
        let wrongCount = 0;
        for await (const diagnosis of diagnose(settings, {
          ignored: loaded.ignoredWarnings,
          server: foreignServer(loaded),
          signal,
        })) {
          const { name, ok, detail, remedy } = diagnosis;
          if (ok === 'no') wrongCount += 1;
          terminal.printJson({ type: 'diagnosis', ...diagnosis });
          terminal.print(printableLine(`${name.padEnd(12)} ${detail}`).replace(/^/, `${marks[ok]}  `));
          if (remedy !== undefined && ok !== 'yes') terminal.print(printableLine(`${' '.repeat(22)}${remedy}`));
        }
        return wrongCount === 0 ? ExitCode.complete : ExitCode.usage;
      });
    });
}
