import type { DestinationStream } from 'pino';

import type { LogLevel } from '../../../config/settings.js';
import { descriptorOf } from '../../../disk/descriptor-path.js';
import { jsonLine } from '../json-line.js';
import { openLogFile } from './log-file.js';
import { printableLine } from '../../../text/printable.js';

const STDERR = 2;

/** Writes one entry to the log. Fields are data beside the message; secrets in either are masked. */
export type Log = (
  level: Exclude<LogLevel, 'silent'>,
  message: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;

export interface LogOptions {
  readonly level: LogLevel;
  /** Absolute; as {@link openLogFile} takes it. Undefined: `toStderr`. */
  readonly file: string | undefined;
  /** Takes a line without its newline. */
  readonly toStderr: (line: string) => void;
  /** Lines for people instead of JSON, on stderr only. */
  readonly readable: boolean;
  readonly redact: (text: string) => string;
}

/**
 * Opens the log. Entries are masked as a whole, just before they leave, so that no field can be forgotten. File writes
 * are synchronous: what led to a crash is in the file. What a full disk refuses is dropped.
 *
 * @throws {ChatferryError} `USAGE` when the file cannot be opened, or is no log.
 */
export async function openLog({ level, file, toStderr, readable, redact }: LogOptions): Promise<Log> {
  // Standard error has its own way out, which waits for a slow reader without holding the program up.
  const { pino } = await import('pino'); // Help and versions need no log.
  const isStderr = file === undefined || descriptorOf(file) === STDERR;
  const write = isStderr ? toStderr : await appendTo(file);
  const stream: DestinationStream = {
    write: (line) => {
      const entry = JSON.parse(line) as Record<string, unknown>;
      write(file === undefined && readable ? redact(readableLine(entry, pino.levels.labels)) : jsonLine(entry, redact));
    },
  };
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, stream);
  return (entryLevel, message, fields = {}) => {
    logger[entryLevel](fields, message);
  };
}

async function appendTo(file: string): Promise<(line: string) => void> {
  const destination = await openLogFile(file);
  return (line) => {
    destination.write(`${line}\n`);
  };
}

function readableLine(
  { level, time, msg, ...fields }: Record<string, unknown>,
  labels: Readonly<Record<number, string>>,
): string {
  const clock = String(time).slice(11, 19);
  const details = Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return printableLine([clock, labels[Number(level)] ?? '', String(msg), ...details].join(' '));
}
