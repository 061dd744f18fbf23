import { processEnvironment } from '../../config/environment.js';
import { machineTimeZone, ownOffset } from '../../config/time-zone/time-zone.js';
import { ChatferryError } from '../../errors/chatferry-error.js';

/**
 * Since Telegram exists, all time zones change their offsets at multiples of 15 minutes of UTC. So one look-up is valid for a
 * quarter of an hour.
 */
const QUARTER_MS = 15 * 60_000;
/** Bounds the memory of the look-ups: about 40 days of messages without a gap. */
const MOST_QUARTERS = 4096;

/** Formats times as Telegram Desktop does: local time of one zone, without an offset. */
export class LocalTime {
  /** As given; otherwise the zone of this machine. */
  readonly timeZone: string;
  readonly #offsetMs: (timeMs: number) => number;

  /**
   * @param timeZone - What the setting TIME_ZONE takes, or a zone as POSIX writes it; without it, that of this machine.
   * @throws {ChatferryError} `USAGE` for a zone that does not exist.
   */
  constructor(timeZone: string = machineTimeZone(processEnvironment())) {
    this.timeZone = timeZone;
    this.#offsetMs = ownOffset(timeZone) ?? byQuarters(ianaOffset(timeZone));
  }

  /** `2026-05-01T09:30:00`. @param timeMs - UTC milliseconds; fractions of a second are dropped. */
  isoDate(timeMs: number): string {
    return new Date(timeMs + this.#offsetMs(timeMs)).toISOString().slice(0, 19);
  }
}

/** Caches the results of a slow look-up for each quarter of an hour. */
function byQuarters(offsetMsAt: (timeMs: number) => number): (timeMs: number) => number {
  const offsetsMs = new Map<number, number>();
  return (timeMs) => {
    const quarter = Math.floor(timeMs / QUARTER_MS);
    const known = offsetsMs.get(quarter);
    if (known !== undefined) return known;
    if (offsetsMs.size >= MOST_QUARTERS) offsetsMs.clear();
    const offsetMs = offsetMsAt(timeMs);
    offsetsMs.set(quarter, offsetMs);
    return offsetMs;
  };
}

/** @throws {ChatferryError} `USAGE` */
function ianaOffset(timeZone: string): (timeMs: number) => number {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset', hour: 'numeric' });
  } catch (error) {
    const remedy = 'Give an IANA name such as Europe/Berlin or UTC, or an offset such as -03:00.';
    throw new ChatferryError('USAGE', `There is no time zone "${timeZone}". ${remedy}`, { cause: error });
  }
  return (timeMs) => {
    const name = format.formatToParts(timeMs).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    // GMT, GMT+05:30, GMT-00:44:30
    const [, sign, hours = 0, minutes = 0, seconds = 0] = /([+-])(\d+):(\d+)(?::(\d+))?/.exec(name) ?? [];
    const sizeMs = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
    return sign === '-' ? -sizeMs : sizeMs;
  };
}

/** Seconds since 1970 as a string, as Telegram Desktop writes every `*_unixtime`. */
export function unixTime(timeMs: number): string {
  return String(Math.floor(timeMs / 1000));
}
