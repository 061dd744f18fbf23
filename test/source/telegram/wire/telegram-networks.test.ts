import { expect, it } from 'vitest';

import { isTelegramHost } from '../../../../src/source/telegram/wire/telegram-networks.js';

it.each(['149.154.167.51', '91.108.56.130', '91.105.192.100', '2001:67c:4e8:f002::a', 'venus.web.telegram.org'])(
  'recognises %s as Telegram',
  (host) => {
    expect(isTelegramHost(host)).toBe(true);
  },
);

it.each([
  '127.0.0.1',
  '149.154.176.1',
  '::1',
  '::ffff:203.0.113.7',
  'telegram.org.example.com',
  'eviltelegram.org',
  '',
])('does not recognise %s as Telegram', (host) => {
  expect(isTelegramHost(host)).toBe(false);
});
