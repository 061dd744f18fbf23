import { fc, test } from '@fast-check/vitest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { loadSettings } from '../../../src/config/load-settings.js';
import { parsePosixZone } from '../../../src/config/time-zone/posix-zone.js';
import { isTimeZone, machineTimeZone, ownOffset } from '../../../src/config/time-zone/time-zone.js';
import { LocalTime } from '../../../src/render/desktop/local-time.js';

const HOUR_MS = 3_600_000;

describe('TZ', () => {
  it.each([
    ['UTC+3', '-03:00'],
    ['<+03>-3', '+03:00'],
    ['<-0330>3:30', '-03:30'],
    ['IST-5:30', '+05:30'],
    ['UTC0', '+00:00'],
    ['EST5EDT', 'EST5EDT'],
    ['CET-1CEST,M3.5.0,M10.5.0/3', 'CET-1CEST,M3.5.0,M10.5.0/3'],
    [':Europe/Berlin', 'Europe/Berlin'],
    ['/usr/share/zoneinfo/Asia/Kolkata', 'Asia/Kolkata'],
    [':/usr/share/zoneinfo/posix/Asia/Kolkata', 'Asia/Kolkata'],
    ['right/Asia/Kolkata', 'Asia/Kolkata'],
  ])('%s is the zone %s', (TZ, zone) => {
    expect(machineTimeZone({ TZ })).toBe(zone);
    expect(loadSettings({ cwd: '/', env: { TZ }, homeDirectory: '' }).settings.timeZone).toBe(zone);
    expect(new LocalTime(zone).timeZone).toBe(zone);
  });

  it.each(['Mars/Base', 'UTC+', 'CET-1CEST,M13.5.0,M10.5.0', 'CET-1CEST,J0,J9', 'AB3', 'UTC+99', '/dev/null', '::UTC'])(
    '%s is refused, with the value and the remedy',
    (TZ) => {
      expect(() => loadSettings({ cwd: '/', env: { TZ } })).toThrow(
        `TZ in the environment must be an IANA time zone such as Europe/Berlin or UTC, or an offset such as -03:00, ` +
          `got "${TZ}". Correct it, or set TIME_ZONE.`,
      );
      const env = { TZ, TIME_ZONE: 'UTC' };
      expect(loadSettings({ cwd: '/', env }).settings.timeZone).toBe('UTC');
    },
  );

  it.each([{}, { TZ: '' }])('%o leaves the zone of the system, which has a name', (env) => {
    expect(isTimeZone(machineTimeZone(env))).toBe(true);
  });

  describe('as a link', () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'chatferry-zone-'));
    });
    afterEach(() => {
      rmSync(folder, { recursive: true });
    });

    it.skipIf(process.platform === 'win32')('is the zone that it leads to', () => {
      mkdirSync(join(folder, 'zoneinfo', 'Europe'), { recursive: true });
      writeFileSync(join(folder, 'zoneinfo', 'Europe', 'Berlin'), 'TZif2');
      symlinkSync(join(folder, 'zoneinfo', 'Europe', 'Berlin'), join(folder, 'localtime'));
      expect(machineTimeZone({ TZ: `:${join(folder, 'localtime')}` })).toBe('Europe/Berlin');
    });
  });
});

describe('TIME_ZONE', () => {
  it.each(['UTC', 'Europe/Berlin', '-03:00', '+05:30', 'CET-1CEST,M3.5.0,M10.5.0/3'])('takes %s', (text) => {
    expect(isTimeZone(text)).toBe(true);
  });

  // East for people, west for POSIX: nobody can tell what was meant.
  it.each(['UTC+3', 'GMT-5', '+3', '-24:00', 'Mars/Base', ''])('refuses %s', (text) => {
    expect(isTimeZone(text)).toBe(false);
  });
});

describe('rules of POSIX', () => {
  // Each with an IANA zone that has kept to the same rules from that year on: the oracle is another program's table.
  const twins = [
    ['CET-1CEST,M3.5.0,M10.5.0/3', 'Europe/Berlin', 1997],
    ['EST5EDT,M3.2.0,M11.1.0', 'America/New_York', 2008],
    ['EST5EDT4', 'America/New_York', 2008],
    ['NST3:30NDT,M3.2.0,M11.1.0', 'America/St_Johns', 2013],
    ['AEST-10AEDT,M10.1.0,M4.1.0/3', 'Australia/Sydney', 2009],
    ['<+1030>-10:30<+11>-11,M10.1.0,M4.1.0', 'Australia/Lord_Howe', 2009],
    ['IST-1GMT0,M10.5.0,M3.5.0/1', 'Europe/Dublin', 1997],
    ['<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45', 'Pacific/Chatham', 2009],
    ['EET-2EEST,M3.5.0/3,M10.5.0/4', 'Europe/Helsinki', 1997],
  ] as const;

  test.prop([fc.constantFrom(...twins), fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })], {
    numRuns: 3000,
  })('give the offsets of the zone that has them', ([posix, iana, fromYear], share) => {
    const fromMs = Date.UTC(fromYear, 0, 2);
    const timeMs = Math.floor(fromMs + share * (Date.UTC(2037, 11, 30) - fromMs));
    expect(new LocalTime(posix).isoDate(timeMs)).toBe(new LocalTime(iana).isoDate(timeMs));
  });

  it('change at the second', () => {
    const berlin = ownOffset('CET-1CEST,M3.5.0,M10.5.0/3');
    expect(berlin?.(Date.UTC(2026, 2, 29, 0, 59, 59, 999))).toBe(HOUR_MS);
    expect(berlin?.(Date.UTC(2026, 2, 29, 1))).toBe(2 * HOUR_MS);
    expect(berlin?.(Date.UTC(2026, 9, 25, 0, 59, 59, 999))).toBe(2 * HOUR_MS);
    expect(berlin?.(Date.UTC(2026, 9, 25, 1))).toBe(HOUR_MS);
  });

  it('count days with and without 29 February', () => {
    // In the leap year 2028, J60 is 1 March, and 59 is 29 February.
    const julian = ownOffset('AAA0BBB,J60/0,J300/0');
    expect(julian?.(Date.UTC(2028, 2, 1) - 1)).toBe(0);
    expect(julian?.(Date.UTC(2028, 2, 1))).toBe(HOUR_MS);
    const counted = ownOffset('AAA0BBB,59/0,300/0');
    expect(counted?.(Date.UTC(2028, 1, 29) - 1)).toBe(0);
    expect(counted?.(Date.UTC(2028, 1, 29))).toBe(HOUR_MS);
    expect(counted?.(Date.UTC(2027, 2, 1))).toBe(HOUR_MS);
  });

  it('may be in force all year', () => {
    const always = ownOffset('EST5EDT,0/0,J365/25');
    for (const day of [0, 100, 364]) expect(always?.(Date.UTC(2026, 0, 1 + day, 12))).toBe(-4 * HOUR_MS);
  });

  test.prop([fc.string()])('are never read out of other text with an error', (text) => {
    expect(() => parsePosixZone(text)).not.toThrow();
  });
});
