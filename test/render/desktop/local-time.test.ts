import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';

import { LocalTime, unixTime } from '../../../src/render/desktop/local-time.js';

describe('LocalTime', () => {
  it.each([
    ['UTC', '2026-03-29T00:59:59'],
    ['Europe/Berlin', '2026-03-29T01:59:59'],
    ['Asia/Kolkata', '2026-03-29T06:29:59'],
    ['Asia/Kathmandu', '2026-03-29T06:44:59'],
    ['America/St_Johns', '2026-03-28T22:29:59'],
  ])('tells what a clock in %s shows', (timeZone, shown) => {
    expect(new LocalTime(timeZone).isoDate(Date.UTC(2026, 2, 29, 0, 59, 59))).toBe(shown);
  });

  it('changes to summer time at the second', () => {
    const berlin = new LocalTime('Europe/Berlin');
    expect(berlin.isoDate(Date.UTC(2026, 2, 29, 0, 59, 59, 999))).toBe('2026-03-29T01:59:59');
    expect(berlin.isoDate(Date.UTC(2026, 2, 29, 1, 0, 0))).toBe('2026-03-29T03:00:00');
  });

  it('takes the zone of this machine when none is given', () => {
    expect(new LocalTime().timeZone).toBe(Intl.DateTimeFormat().resolvedOptions().timeZone);
  });

  it('refuses a zone that does not exist, and names it', () => {
    expect(() => new LocalTime('Europe/Atlantis')).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining('"Europe/Atlantis"') as string }),
    );
  });

  const zones = [
    'UTC',
    'Europe/Moscow',
    'America/New_York',
    'Australia/Lord_Howe',
    'Pacific/Chatham',
    'Africa/Casablanca',
  ];
  const clocks = new Map(zones.map((zone) => [zone, new LocalTime(zone)]));
  test.prop([fc.constantFrom(...zones), fc.integer({ min: Date.UTC(2013, 0) / 1000, max: 2 ** 31 - 1 })], {
    numRuns: 2000,
  })('agrees with the locale that writes dates as ISO does', (zone, seconds) => {
    const shown = new Date(seconds * 1000).toLocaleString('sv-SE', { timeZone: zone }).replace(' ', 'T');
    expect(clocks.get(zone)?.isoDate(seconds * 1000)).toBe(shown);
  });
});

describe('unixTime', () => {
  it('cuts off what is below a second', () => {
    expect(unixTime(1999)).toBe('1');
  });
});
