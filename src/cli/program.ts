import { readFileSync } from 'node:fs';

import { Command, Option } from 'commander';

import { addBench } from './commands/bench.js';
import { addChats } from './commands/chats.js';
import type { CliContext } from './command-run.js';
import { addConfig } from './commands/config.js';
import { addDemo } from './demo/demo.js';
import { addDoctor } from './commands/doctor.js';
import { addExport } from './export/export.js';
import { addLogin } from './commands/login.js';
import { addLogout } from './commands/logout.js';
import { addProcess } from './commands/process.js';
import { addRender } from './commands/render.js';
import { SettingOption } from './setting-option.js';
import { addSimulate } from './commands/simulate.js';
import { addTrust } from './commands/trust.js';
import { addUpload } from './upload/upload.js';
import { addVerify } from './commands/verify.js';
import { printable, printableLine } from '../text/printable.js';

const AFTER_HELP = `
Examples:
  $ chatferry demo                 see the whole way once, without an account
  $ chatferry login                then: chatferry chats
  $ chatferry export @some_chat    one chat, whole and in order

Exit codes:
  0  complete                      4  finished with media or chats missing (listed)
  1  unexpected                    5  archive damaged
  2  usage or configuration        6  interrupted; the same command continues
  3  login needed or refused       7  refused by Telegram or a store, or not reachable

Every setting is an environment variable too: docs/SETTINGS.md, or chatferry config.`;

/** The whole command line. It throws a commander error where commander would end the process. */
export function createProgram(context: CliContext): Command {
  const program: Command = new Command('chatferry')
    .description('Exports Telegram chats completely: every message in order, every photo, video, voice note and file.')
    .version(packageVersion())
    .addOption(new Option('--json', 'JSON documents for machines on stdout, one a line'))
    .addOption(new Option('--quiet', 'no progress, only results and errors').conflicts('verbose'))
    .addOption(new SettingOption('logLevel', { means: 'debug' }, 'log everything, and show the cause of errors'))
    .addOption(
      new SettingOption('preset', '<name>', 'settings from config/<name>.env, or from a path that ends in .env'),
    )
    .option('--no-color', 'no colours (NO_COLOR does the same)')
    .configureHelp({
      showGlobalOptions: true,
      helpWidth: Math.min(context.stdout.columns || 100, 120),
      // Those of a command in between, such as upload, mean nothing to the commands below it.
      visibleGlobalOptions: ({ parent }) => (parent === null ? [] : program.options.filter(({ hidden }) => !hidden)),
    })
    .configureOutput({
      writeOut: (text) => {
        context.stdout.write(printable(text));
      },
      writeErr: (text) => {
        context.stderr.write(printable(withoutNewlines(text, context.args)));
      },
    })
    .showSuggestionAfterError(true)
    .exitOverride()
    .addHelpText('after', AFTER_HELP);
  const commands = [
    addDemo,
    addLogin,
    addLogout,
    addChats,
    addExport,
    addRender,
    addVerify,
    addUpload,
    addProcess,
    addDoctor,
    addConfig,
    addTrust,
    addSimulate,
  ];
  for (const add of [...commands, addBench]) add(program, context);
  return program;
}

/**
 * Runs what was typed behind the program's name. `help <name>` of an unknown command is refused by its name, as the command
 * itself is.
 *
 * @throws {CommanderError} what commander has said already.
 */
export async function runProgram(program: Command, args: readonly string[]): Promise<void> {
  const [first, name] = args;
  const isUnknown = name !== undefined && !program.commands.some((command) => command.name() === name);
  await program.parseAsync(first === 'help' && isUnknown && name !== 'help' ? [name] : args, { from: 'user' });
}

/** What was typed stands in commander's texts; a newline in it would begin a line that looks like one of ours. */
function withoutNewlines(text: string, args: readonly string[]): string {
  const typed = args.flatMap((arg) => [arg, arg.slice(arg.indexOf('=') + 1)]).filter((arg) => arg.includes('\n'));
  return typed.reduce((shown, arg) => shown.replaceAll(arg, printableLine(arg)), text);
}

function packageVersion(): string {
  // Two floors up in the sources as in what is built from them.
  const file = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(file) as { readonly version: string }).version;
}
