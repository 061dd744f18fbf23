import { describe, expect, it } from 'vitest';

import { DcAddresses } from '../../../../src/source/telegram/wire/dc-addresses.js';
import { isPublicAddress } from '../../../../src/config/addresses/public-address.js';

const ELSEWHERE = { id: 203, host: '149.154.175.53', port: 443 };

describe('an address', () => {
  it.each(['149.154.167.51', '91.108.56.130', '2001:b28:f23d:f001::a', '8.8.8.8'])('%s is public', (host) => {
    expect(isPublicAddress(host)).toBe(true);
  });

  it.each([
    ...['0.0.0.0', '127.0.0.1', '127.1.2.3', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1'],
    ...['169.254.169.254', '224.0.0.1', '255.255.255.255', '192.0.2.1', '198.18.0.1', '::', '::1', '::ffff:127.0.0.1'],
    ...['fe80::1', 'fc00::1', 'fd12::1', 'ff02::1', '2002:7f00:1::', '2001:db8::1', '64:ff9b::7f00:1', '[::]', ''],
    ...['localhost', 'example.org', '0x7f.1', '2130706433', '127.1', '0177.0.0.1', '149.154.167.51 ', '::1%lo'],
  ])('"%s" is not', (host) => {
    expect(isPublicAddress(host)).toBe(false);
  });
});

describe('the addresses of data centres', () => {
  it('are accepted from the server if they are public', () => {
    const addresses = new DcAddresses([]);
    expect(addresses.announce(ELSEWHERE)).toBe(true);
    expect(addresses.of(203)).toEqual(ELSEWHERE);
  });

  it('are not accepted from it if they are local, reserved or invalid', () => {
    for (const chosen of [[], [{ id: 2, host: '149.154.167.51', port: 443 }]]) {
      const addresses = new DcAddresses(chosen);
      const bad = [{ host: '127.0.0.1' }, { host: '[::]' }, { port: 0 }, { port: 65_536 }, { port: -1 }];
      for (const part of [...bad, { id: 0 }, { id: -3 }, { id: 1001 }, { id: 2 ** 31 - 1 }]) {
        expect(addresses.announce({ ...ELSEWHERE, ...part })).toBe(false);
      }
      expect(() => addresses.of(203)).toThrow('data centre 203');
    }
  });

  it('do not exist for an impossible id', () => {
    const implausible = expect.objectContaining({ code: 'IMPLAUSIBLE_ANSWER' }) as Error;
    for (const dcId of [1001, 99_999_999_999]) expect(() => new DcAddresses([]).of(dcId)).toThrow(implausible);
  });

  it('may be local if the user has chosen a local server', () => {
    const addresses = new DcAddresses([{ id: 2, host: '127.0.0.1', port: 4000 }]);
    expect(addresses.announce({ id: 203, host: '127.0.0.1', port: 4001 })).toBe(true);
    expect(addresses.announce({ id: 204, host: '127.0.0.1', port: 0 })).toBe(false);
  });

  it('that the user has chosen, and Telegram’s own for accounts, are not replaced by those of a server', () => {
    const addresses = new DcAddresses([{ id: 7, host: '127.0.0.1', port: 4000 }]);
    addresses.announce({ id: 7, host: '8.8.8.8', port: 443 });
    expect(addresses.of(7).host).toBe('127.0.0.1');
    expect([2, 7, 203].map((id) => addresses.isTelegrams(id))).toEqual([false, false, false]);
    expect([2, 7, 203].map((id) => new DcAddresses([]).isTelegrams(id))).toEqual([true, false, false]);
  });
});
