import type { EventEmitter } from 'node:events';

import type { Command } from 'commander';

import { Shutdown } from '../app/shutdown.js';
import { processEnvironment } from '../config/environment.js';
import { loadSettings, type LoadedSettings } from '../config/load-settings.js';
import { describeIgnored, secretsOfIgnored } from '../config/ignored-settings.js';
import { redactor, secretsOf } from '../config/redact.js';
import { SECTIONS } from '../config/setting-sections.js';
import { type Settings, SETTINGS } from '../config/settings.js';
import { ownSettingsFile } from '../config/settings-file.js';
import { errorMessage, isChatferryError } from '../errors/chatferry-error.js';
import { exitCodeOf } from '../errors/error-meaning.js';
import { ExitCode } from '../errors/exit-code.js';
import type { ProgressReporter } from '../pipeline/export-progress.js';
import { reporterOfRun, type RunReporter } from '../pipeline/run-reporter.js';
import { commandLineText } from './command-line-text.js';
import { flagsOf } from './setting-option.js';
import { errorText } from './terminal/error-text.js';
import type { DisposableReporter } from './terminal/progress/reporter.js';
import type { Output } from './terminal/output.js';
import { openLog, type Log } from './terminal/log/log.js';
import { TerminalPrompts } from './terminal/login-prompts.js';
import { printableLine } from '../text/printable.js';
import { openReporter } from './terminal/progress/reporter.js';
import { outputFailure } from './terminal/output-failure.js';
import { Terminal } from './terminal/terminal.js';

/** Settings that matter only to commands that speak to Telegram. */
const ONLINE_SECTIONS: ReadonlySet<string> = new Set([SECTIONS.telegram, SECTIONS.connection]);

/** The process that commands run in, as far as they see it. */
export interface CliContext {
  readonly cwd: string;
  /** What was typed behind the program's name. */
  readonly args: readonly string[];
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: Output;
  readonly stderr: Output;
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
  /** Shows events. A job that is given it says whose they are by the run's id. */
  readonly progress: ProgressReporter;
  /** Shows events of this command, under the id of its run. */
  readonly reporter: RunReporter;
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
  /** Whether the same command resumes an interrupted run, so that it is shown then. @defaultValue `false` */
  readonly goesOn?: boolean;
  /** Whether a login that is there already may be replaced without asking. @defaultValue `false` */
  readonly replacesLogin?: boolean;
  /**
   * Whether the command is run for what it prints: then output that is lost, as on a full disk, is a failure.
   *
   * @defaultValue false
   */
  readonly isForOutput?: boolean;
  /** Whether the command itself shows which settings do not count, so that no warning does. @defaultValue false */
  readonly isAboutTrust?: boolean;
  /** Whether messages go to the terminal only. @defaultValue false */
  readonly opensNoLog?: boolean;
  /** Whether documents go to stdout as with `--json`. @defaultValue what the options say */
  readonly json?: boolean;
  /** Whether it never connects to Telegram, so that ignored servers, proxies and logins need no warning. @defaultValue false */
  readonly isOffline?: boolean;
}

interface GlobalOptions {
  readonly json?: true;
  readonly quiet?: true;
  readonly color: boolean;
}

/**
 * Runs one command from its settings to its exit code: loads the settings, opens the terminal, the log and the
 * progress display, listens for Ctrl-C, tells of the error that ended it, and waits until everything printed has arrived.
 * Never rejects.
 */
export async function runCommand(
  options: RunCommandOptions,
  body: (run: CommandRun) => Promise<ExitCode>,
): Promise<void> {
  const { context, command, code, goesOn = false, replacesLogin = false, isForOutput = false } = options;
  const environment = processEnvironment();
  const { json: asksForJson = false, quiet = false, color } = command.optsWithGlobals<GlobalOptions>();
  const { json = asksForJson } = options;
  const secrets = new Set<string>();
  const redact = redactor(secrets);
  const wantsColor = color && (environment['NO_COLOR'] ?? '') === '' && context.stderr.isTTY;
  const { stdin, stdout, stderr } = context;
  const terminal = new Terminal({ stdout, stderr, json, quiet, color: wantsColor, redact });
  const goOnWith = goesOn ? commandLineText(context.args, process.platform) : undefined;
  let verbose = flagsOf(command).logLevel === 'debug';
  let shown: DisposableReporter | undefined;
  // It lives until the last line has arrived: a reader who stalls is left by Ctrl-C as well.
  using shutdown = new Shutdown({
    signals: context.signals,
    exit: context.exit,
    onInterrupt: (name) => {
      terminal.say(`${name}: ending cleanly. Send it again to end at once.`);
    },
    onForce: (reason) => {
      shown?.[Symbol.dispose]();
      if (reason === 'too slow') terminal.say('Something did not end in time and was stopped. Finished work is safe.');
      if (goOnWith !== undefined) terminal.say(`Go on with: ${printableLine(goOnWith)}`);
    },
  });
  let exitCode: ExitCode;
  try {
    const loaded = loadSettings({ flags: flagsOf(command), cwd: context.cwd, env: environment });
    const { settings } = loaded;
    verbose = settings.logLevel === 'debug';
    for (const secret of [...secretsOf(settings), ...secretsOfIgnored(loaded.ignored)]) secrets.add(secret);
    for (const warning of [...ignoredWarnings(loaded, options), ...loaded.warnings])
      terminal.warn(printableLine(warning));
    const log = await openLog({
      level: settings.logLevel,
      // What is trusted can be looked at and taken back also while it names a log that is refused.
      file: options.opensNoLog === true ? undefined : settings.logFile,
      toStderr: (line) => {
        terminal.log(line);
      },
      readable: !json,
      redact,
    });
    using reporter = await openReporter(terminal, log);
    shown = reporter;
    const prompts = new TerminalPrompts({
      input: stdin,
      output: stderr.stream,
      interactive: stdin.isTTY && stderr.isTTY && !json,
      prepared: { phone: settings.telegramPhone, code, password: settings.telegramPassword },
      replacesLogin,
      onSecret: (secret) => {
        secrets.add(secret);
      },
      signal: shutdown.signal,
    });
    exitCode = await body({
      settings,
      loaded,
      terminal,
      progress: reporter,
      reporter: reporterOfRun(reporter),
      prompts,
      log,
      signal: shutdown.signal,
    });
  } catch (thrown) {
    // Whatever a library makes of an abort, the reason is what happened.
    const isAbort = shutdown.signal.aborted && !isChatferryError(thrown);
    const error: unknown = isAbort ? shutdown.signal.reason : thrown;
    exitCode = exitCodeOf(error);
    terminal.fail(errorText(error, verbose));
    const isInterrupted = isChatferryError(error, 'INTERRUPTED');
    if (isInterrupted && goOnWith !== undefined) terminal.say(`Go on with: ${printableLine(goOnWith)}`);
    const errorCode = isChatferryError(error) ? error.code : 'INTERNAL';
    terminal.printJson({
      type: 'error',
      code: errorCode,
      message: errorMessage(error),
      exitCode,
      goOnWith: isInterrupted ? goOnWith : undefined,
    });
  }
  await stdout.flushed();
  if (stdout.failure !== undefined) {
    terminal.warn(outputFailure(stdout.failure));
    if (isForOutput && exitCode === ExitCode.complete) exitCode = ExitCode.unexpected;
  }
  context.finish(exitCode);
  await stderr.flushed();
}

function ignoredWarnings(
  { ignored, ignoredWarnings: all, ownFolder }: LoadedSettings,
  { isAboutTrust = false, isOffline = false }: RunCommandOptions,
): readonly string[] {
  if (isAboutTrust) return [];
  if (!isOffline) return all;
  const ofUse = ignored.filter(({ key }) => !ONLINE_SECTIONS.has(SETTINGS[key].section));
  return describeIgnored(ofUse, ownFolder && ownSettingsFile(ownFolder));
}
