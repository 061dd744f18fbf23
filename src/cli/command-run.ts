import type { EventEmitter } from 'node:events';

import type { Command } from 'commander';

import { Shutdown } from '../app/shutdown.js';
import { processEnvironment } from '../config/environment.js';
import { loadSettings, type LoadedSettings } from '../config/load-settings.js';
import { redactor, secretsOf } from '../config/redact.js';
import type { Settings } from '../config/settings.js';
import { errorMessage, isChatferryError } from '../errors/chatferry-error.js';
import { exitCodeOf } from '../errors/error-meaning.js';
import type { ExitCode } from '../errors/exit-code.js';
import type { ProgressReporter } from '../pipeline/export-progress.js';
import { flagsOf } from './setting-option.js';
import { errorText } from './terminal/error-text.js';
import { openLog, type Log } from './terminal/log.js';
import { TerminalPrompts } from './terminal/login-prompts.js';
import { openReporter } from './terminal/reporter.js';
import { Terminal } from './terminal/terminal.js';

/** The process that commands run in, as far as they see it. */
export interface CliContext {
  readonly cwd: string;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Where SIGINT and its like arrive: `process`. */
  readonly signals: Pick<EventEmitter, 'on' | 'off'>;
  /** Ends the process at once. */
  readonly exit: (code: ExitCode) => void;
  /** Sets the exit code of the process, which then ends by itself. */
  readonly finish: (code: ExitCode) => void;
}

/** What a command has at hand while it runs. */
export interface CommandRun {
  readonly settings: Settings;
  readonly loaded: LoadedSettings;
  readonly terminal: Terminal;
  readonly reporter: ProgressReporter;
  readonly prompts: TerminalPrompts;
  readonly log: Log;
  /** Aborts with `INTERRUPTED` at Ctrl-C. */
  readonly signal: AbortSignal;
}

export interface RunCommandOptions {
  readonly context: CliContext;
  /** The command that was called, with its options parsed. */
  readonly command: Command;
  /** A login code given on the command line. */
  readonly code?: string | undefined;
  /** Whether a login that is there already may be replaced without asking. @defaultValue `false` */
  readonly replacesLogin?: boolean;
}

interface GlobalOptions {
  readonly json?: true;
  readonly quiet?: true;
  readonly color: boolean;
}

/**
 * Runs one command from its settings to its exit code: loads the settings, opens the terminal, the log and the
 * progress display, listens for Ctrl-C, and tells of the error that ended it. Never rejects.
 */
export async function runCommand(
  { context, command, code, replacesLogin = false }: RunCommandOptions,
  body: (run: CommandRun) => Promise<ExitCode>,
): Promise<void> {
  const environment = processEnvironment();
  const { json = false, quiet = false, color } = command.optsWithGlobals<GlobalOptions>();
  const secrets = new Set<string>();
  const redact = redactor(secrets);
  const wantsColor = color && (environment['NO_COLOR'] ?? '') === '' && context.stderr.isTTY;
  const { stdin, stdout, stderr } = context;
  const terminal = new Terminal({ stdout, stderr, json, quiet, color: wantsColor, redact });
  let verbose = flagsOf(command).logLevel === 'debug';
  try {
    const loaded = loadSettings({ flags: flagsOf(command), cwd: context.cwd, env: environment });
    const { settings } = loaded;
    verbose = settings.logLevel === 'debug';
    for (const secret of secretsOf(settings)) secrets.add(secret);
    for (const warning of loaded.warnings) terminal.warn(warning);
    const log = openLog({
      level: settings.logLevel,
      file: settings.logFile,
      toStderr: (line) => {
        terminal.log(line);
      },
      readable: !json,
      redact,
    });
    using reporter = await openReporter(terminal, log);
    using shutdown = new Shutdown({
      signals: context.signals,
      exit: context.exit,
      onInterrupt: (name) => {
        terminal.say(`${name}: ending in order. Once more ends at once.`);
      },
      onForce: () => {
        reporter[Symbol.dispose]();
      },
    });
    const prompts = new TerminalPrompts({
      input: stdin,
      output: stderr,
      interactive: stdin.isTTY && stderr.isTTY && !json,
      prepared: { phone: settings.telegramPhone, code, password: settings.telegramPassword },
      replacesLogin,
      onSecret: (secret) => {
        secrets.add(secret);
      },
      signal: shutdown.signal,
    });
    try {
      context.finish(await body({ settings, loaded, terminal, reporter, prompts, log, signal: shutdown.signal }));
    } catch (error) {
      // Whatever a library makes of an abort, the reason is what happened.
      throw shutdown.signal.aborted && !isChatferryError(error) ? shutdown.signal.reason : error;
    }
  } catch (error) {
    const exitCode = exitCodeOf(error);
    terminal.fail(errorText(error, verbose));
    const errorCode = isChatferryError(error) ? error.code : 'INTERNAL';
    terminal.printJson({ type: 'error', code: errorCode, message: errorMessage(error), exitCode });
    context.finish(exitCode);
  }
}
