import { PassThrough } from 'node:stream';

import { reporterOfRun } from '../../../src/pipeline/run-reporter.js';
import type { CommandRun } from '../../../src/cli/command-run.js';
import { TerminalPrompts } from '../../../src/cli/terminal/login-prompts.js';
import { Terminal } from '../../../src/cli/terminal/terminal.js';
import { loadSettings } from '../../../src/config/load-settings.js';
import { CapturedStream } from '../terminal/captured-stream.js';

export interface CommandHereOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly json?: boolean;
  readonly quiet?: boolean;
  /** Whether it writes to a terminal of 100 columns. */
  readonly isTTY?: boolean;
}

/** What a command is given, with streams that keep what is written, in this process. */
export class CommandHere {
  readonly stdout: CapturedStream;
  readonly stderr: CapturedStream;
  readonly terminal: Terminal;
  readonly stop: AbortController = new AbortController();
  /** What went to the log, level and message. */
  readonly logged: string[] = [];
  readonly run: CommandRun;

  constructor({ cwd, env = {}, json = false, quiet = false, isTTY = false }: CommandHereOptions) {
    this.stdout = new CapturedStream(isTTY);
    this.stderr = new CapturedStream(isTTY);
    const redact = (text: string): string => text;
    const { stdout, stderr } = this;
    this.terminal = new Terminal({ stdout, stderr, json, quiet, color: false, redact });
    const loaded = loadSettings({ cwd, env, homeDirectory: cwd });
    const { signal } = this.stop;
    this.run = {
      settings: loaded.settings,
      loaded,
      terminal: this.terminal,
      progress: { event: () => undefined },
      reporter: reporterOfRun({ event: () => undefined }),
      prompts: new TerminalPrompts({
        ...{ input: new PassThrough(), output: stderr, interactive: false, prepared: {} },
        ...{ replacesLogin: false, onSecret: () => undefined, signal },
      }),
      log: (level, message) => this.logged.push(`${level} ${message}`),
      signal,
    };
  }

  /** What was printed with `--json`. */
  get documents(): readonly Readonly<Record<string, unknown>>[] {
    return this.stdout.lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  }
}
