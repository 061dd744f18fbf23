import { describe, expect, it } from 'vitest';

import { goesDirectly } from '../../../../../src/source/telegram/wire/proxy/no-proxy.js';

describe('NO_PROXY', () => {
  it.each([
    ['*', 'anything', 443, true],
    ['example.org', 'example.org', 443, true],
    ['example.org', 'a.b.Example.ORG.', 443, true],
    ['.example.org', 'a.example.org', 443, true],
    ['*.example.org', 'a.example.org', 443, true],
    ['example.org', 'badexample.org', 443, false],
    ['example.org:443', 'example.org', 443, true],
    ['example.org:443', 'example.org', 80, false],
    ['149.154.167.51', '149.154.167.51', 443, true],
    ['149.154.167.51', '149.154.167.5', 443, false],
    ['149.154.160.0/20', '149.154.175.53', 443, true],
    ['149.154.160.0/20', '149.154.176.1', 443, false],
    ['0.0.0.0/0', '1.2.3.4', 443, true],
    ['10.0.0.1:443', '10.0.0.1', 443, true],
    ['10.0.0.1:443', '10.0.0.1', 80, false],
    ['::1', '::1', 443, true],
    ['[::1]:443', '0:0:0:0:0:0:0:1', 443, true],
    ['2001:db8::/32', '2001:db8:1::5', 443, true],
    ['2001:db8::/32', '2001:db9::', 443, false],
    ['10.0.0.0/99', '10.0.0.0', 443, false],
    ['.', 'example.org', 443, false],
  ])('%s and %s:%d', (entry, host, port, isDirect) => {
    expect(goesDirectly(['nothing.test', entry])({ host, port })).toBe(isDirect);
  });

  it('matches nothing if it is empty', () => {
    expect(goesDirectly([])({ host: '127.0.0.1', port: 443 })).toBe(false);
  });
});
