/** When clocks change, in one year: local time in force until then. */
type ChangeRule = (year: number) => number;

/** A time zone as POSIX writes it into `TZ` (POSIX.1-2017, 8.3). */
export interface PosixZone {
  /** Added to UTC gives local time, where there is no daylight saving. Milliseconds. */
  readonly standardOffsetMs: number;
  readonly daylight?: { readonly offsetMs: number; readonly start: ChangeRule; readonly end: ChangeRule };
}

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const NAME = String.raw`(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)`;
const CLOCK = String.raw`[+-]?\d{1,3}(?::\d{1,2}(?::\d{1,2})?)?`;
const DATE = String.raw`(?:J\d{1,3}|\d{1,3}|M\d{1,2}\.[1-5]\.[0-6])`;
const RULE = String.raw`(${DATE})(?:/(${CLOCK}))?`;
const ZONE = new RegExp(`^${NAME}(${CLOCK})(?:${NAME}(${CLOCK})?(?:,${RULE},${RULE})?)?$`);
const HAS_DAYLIGHT = new RegExp(`^${NAME}${CLOCK}${NAME}`);
/** What POSIX leaves open, and C libraries fill with the rules of the United States. */
const USUAL_START = 'M3.2.0';
const USUAL_END = 'M11.1.0';

/**
 * Reads `UTC+3`, `<+0330>-3:30`, `EST5EDT` or `CET-1CEST,M3.5.0,M10.5.0/3`. Mind that numbers count westwards: `UTC+3`
 * is three hours behind UTC.
 *
 * @returns `undefined` for text of another form, or with numbers out of range.
 */
export function parsePosixZone(text: string): PosixZone | undefined {
  const match = ZONE.exec(text);
  if (match === null) return undefined;
  const [, standard = '', daylight, startDate = USUAL_START, startTime, endDate = USUAL_END, endTime] = match;
  const standardOffsetMs = 0 - clockMs(standard); // Not -x, which makes a -0 of Greenwich.
  if (Math.abs(standardOffsetMs) >= 25 * HOUR_MS) return undefined;
  if (!HAS_DAYLIGHT.test(text)) return { standardOffsetMs };
  const offsetMs = daylight === undefined ? standardOffsetMs + HOUR_MS : 0 - clockMs(daylight);
  const start = changeRule(startDate, startTime);
  const end = changeRule(endDate, endTime);
  if (start === undefined || end === undefined || Math.abs(offsetMs) >= 25 * HOUR_MS) return undefined;
  return { standardOffsetMs, daylight: { offsetMs, start, end } };
}

/** What added to UTC gives local time at this moment. Both in milliseconds. */
export function posixOffsetMs({ standardOffsetMs, daylight }: PosixZone, timeMs: number): number {
  if (daylight === undefined) return standardOffsetMs;
  const year = new Date(timeMs + standardOffsetMs).getUTCFullYear();
  const startMs = daylight.start(year) - standardOffsetMs;
  const endMs = daylight.end(year) - daylight.offsetMs;
  const isDaylight = startMs < endMs ? timeMs >= startMs && timeMs < endMs : timeMs >= startMs || timeMs < endMs; // South of the equator.
  return isDaylight ? daylight.offsetMs : standardOffsetMs;
}

function changeRule(date: string, clock = '2'): ChangeRule | undefined {
  const atMs = clockMs(clock);
  if (date.startsWith('M')) {
    const [month = 0, week = 0, weekday = 0] = date.slice(1).split('.').map(Number);
    if (month < 1 || month > 12) return undefined;
    return (year) => weekdayOfMonth({ year, month, week, weekday }) + atMs;
  }
  const isJulian = date.startsWith('J');
  const day = Number(isJulian ? date.slice(1) : date);
  if (day > 365 || (isJulian && day < 1)) return undefined;
  return (year) => {
    // J59 is 28 February and J60 1 March in every year; plain numbers count from 0 and know 29 February.
    const leapDay = isJulian && day >= 60 && isLeapYear(year) ? 1 : 0;
    return Date.UTC(year, 0, 1) + (isJulian ? day - 1 + leapDay : day) * DAY_MS + atMs;
  };
}

interface MonthDay {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 5; 5 is the last one. */
  readonly week: number;
  /** 0 is Sunday. */
  readonly weekday: number;
}

function weekdayOfMonth({ year, month, week, weekday }: MonthDay): number {
  const firstMs = Date.UTC(year, month - 1, 1);
  const firstFitting = ((weekday - new Date(firstMs).getUTCDay() + 7) % 7) + 1;
  const dayCount = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const day = firstFitting + (week - 1) * 7;
  return firstMs + ((day > dayCount ? day - 7 : day) - 1) * DAY_MS;
}

function isLeapYear(year: number): boolean {
  return new Date(Date.UTC(year, 1, 29)).getUTCMonth() === 1;
}

function clockMs(text: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = text.replace(/^[+-]/, '').split(':').map(Number);
  const sizeMs = ((hours * 60 + minutes) * 60 + seconds) * SECOND_MS;
  return text.startsWith('-') ? -sizeMs : sizeMs;
}
