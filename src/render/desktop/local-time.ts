import { ChatferryError } from '../../errors/chatferry-error.js';

/**
 * The offsets of all time zones in use since Telegram exists change at multiples of 15 minutes of UTC, so one look-up
 * serves a quarter of an hour.
 */
const QUARTER_MS = 15 * 60_000;
/** Bounds the memory of the look-ups: about 40 days of messages without a gap. */
const MOST_QUARTERS = 4096;

/** Writes points in time as Telegram Desktop does: on the wall clock of one place, without an offset. */
export class LocalTime {
  /** As it was given; without that, the IANA name of the zone of this machine. */
  readonly timeZone: string;
  readonly #format: Intl.DateTimeFormat;
  readonly #offsetsMs = new Map<number, number>();

  /**
   * @param timeZone - IANA name; without it, the zone of this machine.
   * @throws {ChatferryError} `USAGE` for a zone that does not exist.
   */
  constructor(timeZone?: string) {
    try {
      this.#format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset', hour: 'numeric' });
    } catch (error) {
      const remedy = 'Give an IANA name such as Europe/Berlin or UTC.';
      throw new ChatferryError('USAGE', `There is no time zone "${String(timeZone)}". ${remedy}`, { cause: error });
    }
    this.timeZone = timeZone ?? this.#format.resolvedOptions().timeZone;
  }

  /** `2026-05-01T09:30:00`. @param timeMs - UTC milliseconds; the part below a second is cut off. */
  isoDate(timeMs: number): string {
    return new Date(timeMs + this.#offsetMs(timeMs)).toISOString().slice(0, 19);
  }

  #offsetMs(timeMs: number): number {
    const quarter = Math.floor(timeMs / QUARTER_MS);
    const known = this.#offsetsMs.get(quarter);
    if (known !== undefined) return known;
    if (this.#offsetsMs.size >= MOST_QUARTERS) this.#offsetsMs.clear();
    const offsetMs = this.#readOffsetMs(timeMs);
    this.#offsetsMs.set(quarter, offsetMs);
    return offsetMs;
  }

  #readOffsetMs(timeMs: number): number {
    const name = this.#format.formatToParts(timeMs).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    // GMT, GMT+05:30, GMT-00:44:30
    const [, sign, hours = 0, minutes = 0, seconds = 0] = /([+-])(\d+):(\d+)(?::(\d+))?/.exec(name) ?? [];
    const sizeMs = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
    return sign === '-' ? -sizeMs : sizeMs;
  }
}

/** Seconds since 1970, as the digits that Telegram Desktop puts between quotes in every `*_unixtime`. */
export function unixTime(timeMs: number): string {
  return String(Math.floor(timeMs / 1000));
}
