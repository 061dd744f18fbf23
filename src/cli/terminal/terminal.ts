import type { Writable } from 'node:stream';

import { printable, printableLine } from '../../text/printable.js';
import { Colors } from './colors.js';
import { jsonLine } from './json-line.js';

/** A channel as the terminal needs it; an `Output` is one. */
export interface OutputStream {
  /** What a program for terminals (bars) writes to, where there is one. */
  readonly stream: Writable;
  readonly isTTY?: boolean;
  readonly columns?: number | undefined;
  /** What was written and not taken by the reader yet. */
  readonly queuedBytes: number;
  /** Whether the reader has left. */
  readonly isDeserted: boolean;
  write(text: string): unknown;
  /** Resolves when there is room for more. @throws the signal's reason when it aborts. */
  room(signal: AbortSignal): Promise<void>;
}

export interface TerminalOptions {
  /** Takes data: what a command was asked for. */
  readonly stdout: OutputStream;
  /** Takes everything else: progress, notes, warnings, errors. */
  readonly stderr: OutputStream;
  /** One JSON document a line on stdout. */
  readonly json: boolean;
  /** Nothing on stderr but warnings and errors. */
  readonly quiet: boolean;
  readonly color: boolean;
  /** Masks secrets; every text that leaves goes through it. */
  readonly redact: (text: string) => string;
}

export interface PrintOptions {
  /**
   * Whether secrets are masked. Only what a simulator announces is not: its password is no secret, though somebody may
   * well have it in the settings that point at it.
   *
   * @defaultValue true
   */
  readonly masked?: boolean;
}

/** Output to stderr does not wait for a reader. Beyond this size it is dropped and counted. */
const MOST_SAID_BYTES = 8 * 1024 * 1024;

/** As much again as a pipe of Linux holds (pipe(7)). */
const BEHIND_BYTES = 64 * 1024;

/**
 * The two channels of the program. The only place that writes to them, with the bars beside it. Nothing that is given to
 * it acts on the screen, whatever is in it: only its own colours do.
 */
export class Terminal {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly stderr: OutputStream;
  readonly color: Colors;
  readonly #options: TerminalOptions;
  #above: ((text: string) => void) | undefined;
  #droppedLineCount = 0;

  constructor(options: TerminalOptions) {
    this.#options = options;
    this.json = options.json;
    this.quiet = options.quiet;
    this.stderr = options.stderr;
    this.color = new Colors(options.color);
  }

  /** Whether a person is watching progress: stderr is a terminal, and neither `--json` nor `--quiet` is set. */
  get isLive(): boolean {
    return this.stderr.isTTY === true && !this.json && !this.quiet;
  }

  /** Characters in a line of stdout; unlimited when it is no terminal. */
  get columns(): number {
    return this.#options.stdout.isTTY === true ? (this.#options.stdout.columns ?? 80) : Infinity;
  }

  /** Whether stdout was closed by its reader, as after `| head`. */
  get isDeserted(): boolean {
    return this.#options.stdout.isDeserted;
  }

  /** Whether the reader of stdout is slow, so that output which will be repeated soon can be skipped. */
  get isBehind(): boolean {
    return this.#options.stdout.queuedBytes > BEHIND_BYTES;
  }

  /**
   * Resolves when stdout has room for more. Who prints without end waits for it between two items, so that a reader who
   * stalls fills no memory.
   *
   * @throws the signal's reason when it aborts.
   */
  room(signal: AbortSignal): Promise<void> {
    return this.#options.stdout.room(signal);
  }

  /** Prints data for people to stdout. Does nothing with `--json`. */
  print(text: string, { masked = true }: PrintOptions = {}): void {
    if (!this.json) this.#options.stdout.write(`${this.#shown(masked ? this.#options.redact(text) : text)}\n`);
  }

  /** Prints one document as one line to stdout, with `--json` only. Bigints become texts. */
  printJson(document: unknown, { masked = true }: PrintOptions = {}): void {
    const redact = masked ? this.#options.redact : (text: string): string => text;
    if (this.json) this.#options.stdout.write(`${jsonLine(document, redact)}\n`);
  }

  /** Says something beside the data, on a line of stderr. Does nothing with `--quiet` or `--json`. */
  say(text: string): void {
    if (!this.quiet && !this.json) this.#sayInTime(printableLine(text));
  }

  /** Warns on a line of stderr, in every mode. */
  warn(text: string): void {
    this.#toStderr(`${this.color.yellow('warning:')} ${printableLine(text)}`);
  }

  /** Tells of the error that ends the program on stderr, in every mode. */
  fail(text: string): void {
    this.#toStderr(`${this.color.red('error:')} ${text}`);
  }

  /** Prints a line of the log to stderr, in every mode. */
  log(line: string): void {
    this.#sayInTime(line);
  }

  /** While bars stand on the screen, lines must go through them, above them. `undefined` ends that. */
  writeAbove(above: ((text: string) => void) | undefined): void {
    this.#above = above;
  }

  #sayInTime(text: string): void {
    if (this.stderr.queuedBytes > MOST_SAID_BYTES) {
      this.#droppedLineCount += 1;
      return;
    }
    if (this.#droppedLineCount > 0) {
      this.#toStderr(`(${this.#droppedLineCount} lines were dropped here, because nobody read them in time)`);
      this.#droppedLineCount = 0;
    }
    this.#toStderr(text);
  }

  #toStderr(text: string): void {
    const line = `${this.#shown(this.#options.redact(text))}\n`;
    if (this.#above === undefined) this.stderr.write(line);
    else this.#above(line);
  }

  #shown(text: string): string {
    return this.color.paint(printable(text));
  }
}
