import { realpathSync } from 'node:fs';

import type { Environment } from '../environment.js';
import { parsePosixZone, posixOffsetMs } from './posix-zone.js';

const OFFSET = /^([+-])([01]\d|2[0-3]):([0-5]\d)$/;
const MINUTE_MS = 60_000;
/** Where systems keep the files of IANA's zones; `posix/` and `right/` beside them have the same names. */
const ZONE_FILE = /^.*\/zoneinfo\/(?:posix\/|right\/)?/;
/** What ICU calls a zone that it cannot tell. */
const UNKNOWN = 'Etc/Unknown';

/**
 * Whether text names a time zone for people: an IANA name, an offset such as `-03:00`, or a POSIX zone with its rules.
 * Not `UTC+3`: POSIX means west by it and everybody else east.
 */
export function isTimeZone(text: string): boolean {
  return isIanaZone(text) || OFFSET.test(text) || parsePosixZone(text)?.daylight !== undefined;
}

/**
 * The offset of a zone that is none of IANA's, as a function of the time: what added to UTC gives local time. All in
 * milliseconds.
 *
 * @returns `undefined` for IANA names and for what is no zone.
 */
export function ownOffset(timeZone: string): ((timeMs: number) => number) | undefined {
  const [, sign, hours, minutes] = OFFSET.exec(timeZone) ?? [];
  if (sign !== undefined) {
    const sizeMs = (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
    return () => (sign === '-' ? 0 - sizeMs : sizeMs);
  }
  if (isIanaZone(timeZone)) return undefined;
  const zone = parsePosixZone(timeZone);
  return zone === undefined ? undefined : (timeMs) => posixOffsetMs(zone, timeMs);
}

/**
 * The zone of this machine: that of `TZ`, in any form that POSIX or a C library knows, else the one that the system is
 * set to. A fixed one is an offset such as `-03:00`.
 *
 * @returns the text of `TZ` as it is where it means nothing.
 */
export function machineTimeZone({ TZ }: Environment): string {
  if (TZ === undefined || TZ === '') {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone as string | undefined; // Undefined where ICU is at a loss.
    return zone === undefined || zone === UNKNOWN ? 'UTC' : zone;
  }
  const name = TZ.replace(/^:/, '')
    .replace(ZONE_FILE, '')
    .replace(/^(?:posix|right)\//, '');
  if (isIanaZone(name)) return name;
  if (name.startsWith('/')) return zoneOfLink(name) ?? TZ;
  const zone = parsePosixZone(name);
  if (zone === undefined) return TZ;
  return zone.daylight === undefined ? (offsetText(zone.standardOffsetMs) ?? name) : name;
}

/** The zone that a link such as /etc/localtime leads to. */
function zoneOfLink(path: string): string | undefined {
  try {
    const name = realpathSync(path).replace(ZONE_FILE, '');
    return isIanaZone(name) ? name : undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

/** `-03:00`; undefined where it is no whole number of minutes, or a day or more. */
function offsetText(offsetMs: number): string | undefined {
  const minutes = Math.abs(offsetMs) / MINUTE_MS;
  const digits = (count: number): string => String(count).padStart(2, '0');
  const text = `${offsetMs < 0 ? '-' : '+'}${digits(Math.floor(minutes / 60))}:${digits(minutes % 60)}`;
  return OFFSET.test(text) ? text : undefined;
}

function isIanaZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    // Newer versions of Node take offsets as well; older ones do not, so they are ours to read.
    return !/^[+-]/.test(name) && name !== UNKNOWN;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
