import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';

import { loadSettings } from '../../../src/config/load-settings.js';
import { type ProxyAddress, proxyAddress, proxyText } from '../../../src/config/sections/proxy-address.js';
import { redactor, secretsOf } from '../../../src/config/redact.js';
import type { Settings } from '../../../src/config/settings.js';

function load(env: Readonly<Record<string, string>>): Settings {
  return loadSettings({ cwd: '/', env, homeDirectory: '' }).settings;
}

function refusal(env: Readonly<Record<string, string>>): string {
  try {
    const { proxyProblem } = load(env);
    if (proxyProblem !== undefined) return proxyProblem;
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error(`nothing was refused of ${JSON.stringify(env)}`);
}

describe('TELEGRAM_PROXY', () => {
  it.each([
    ['socks5://127.0.0.1:1080', { scheme: 'socks5', host: '127.0.0.1', port: 1080 }],
    ['SOCKS5H://Proxy.example:9050/', { scheme: 'socks5h', host: 'Proxy.example', port: 9050 }],
    ['socks://proxy', { scheme: 'socks5', host: 'proxy', port: 1080 }],
    ['http://proxy:3128', { scheme: 'http', host: 'proxy', port: 3128 }],
    ['http://[2001:db8::1]:80', { scheme: 'http', host: '2001:db8::1', port: 80 }],
    ['socks5://[::1]:1080', { scheme: 'socks5', host: '::1', port: 1080 }],
    ['socks5://ada@proxy:1', { scheme: 'socks5', host: 'proxy', port: 1, username: 'ada' }],
    ['none', 'none'],
  ])('%s', (text, value) => {
    expect(load({ TELEGRAM_PROXY: text }).telegramProxy).toEqual(value);
  });

  const word = fc
    .string({ minLength: 1, maxLength: 60, unit: 'grapheme' })
    .filter((text) => text.isWellFormed() && text.trim() === text);
  test.prop([fc.constantFrom('socks5', 'socks5h', 'http'), word, word, fc.integer({ min: 1, max: 65535 })])(
    'takes any user and password, percent-encoded',
    (scheme, username, password, port) => {
      const encode = (text: string): string => encodeURIComponent(text).replaceAll("'", '%27');
      const url = `${scheme}://${encode(username)}:${encode(password)}@proxy:${port}`;
      expect(load({ TELEGRAM_PROXY: url }).telegramProxy).toMatchObject({
        scheme,
        host: 'proxy',
        port,
        username,
        password,
      });
    },
  );

  it.each([
    '127.0.0.1:1080',
    'socks4://proxy:1080',
    'https://proxy:443',
    'socks5://',
    'socks5://proxy:0',
    'socks5://proxy:99999',
    'socks5://proxy:1080/path',
    'socks5://proxy:1080?x=1',
    'socks5://u:%zz@proxy:1080',
    `socks5://u:${'x'.repeat(256)}@proxy:1080`,
    'garbage',
  ])('%s is refused with what is taken', (text) => {
    const message = refusal({ TELEGRAM_PROXY: text });
    expect(message).toContain('TELEGRAM_PROXY in the environment must be socks5://host:port');
    expect(message).toContain('%40 for @');
  });

  it.each([
    'mtproto://0123456789abcdef0123456789abcdef@proxy:443',
    'mtproxy://proxy:443/dd0123456789abcdef0123456789abcdef',
    'tg://proxy?server=proxy&port=443&secret=ee0123456789abcdef0123456789abcdef',
    'https://t.me/proxy?server=proxy&port=443&secret=dd0123456789abcdef0123456789abcdef',
    't.me/proxy?server=proxy&port=443&secret=0123456789abcdef0123456789abcdef',
    'proxy:443:0123456789abcdef0123456789abcdef',
  ])('%s is refused as an MTProxy, its secret masked', (text) => {
    for (const name of ['TELEGRAM_PROXY', 'ALL_PROXY']) {
      const message = refusal({ [name]: text });
      expect(message).toContain('is an MTProxy, which chatferry does not speak.');
      expect(message).toContain(`${name} in the environment`);
      expect(message).not.toContain('0123456789abcdef');
    }
  });
});

describe('a password', () => {
  it.each([
    'socks5://ada:canary@proxy:1080/x',
    'socks5://ada:can@canary@proxy:1080/x',
    'ada:canary@proxy:1080',
    'https://ada:canary@proxy',
    'proxy:1080:ada:canary',
    'socks4://proxy:1080:ada:canary',
    'tg://socks?server=proxy&port=1080&user=ada&pass=canary',
    'socks5://ada:canary/1@proxy:1080',
    'socks5://ada:canary#1@proxy:1080',
  ])('is masked where %s is refused', (text) => {
    const message = refusal({ TELEGRAM_PROXY: text });
    expect(message).toContain('***');
    expect(message).toContain('proxy');
    expect(message).not.toContain('canary');
  });

  it('is a secret, as it is and as it was written', () => {
    const settings = load({ TELEGRAM_PROXY: 'socks5://ada:can%61ry%40@proxy:1080' });
    const redact = redactor(secretsOf(settings));
    for (const text of ['canary@', 'can%61ry%40', 'canary%40']) expect(redact(`x ${text} y`)).toBe('x *** y');
    expect(proxyText(settings.telegramProxy as ProxyAddress)).toBe('socks5://ada:***@proxy:1080');
  });

  it('is masked by its kind, and nothing else is', () => {
    expect(proxyAddress.mask?.('http://ada:canary@proxy:80')).toBe('http://ada:***@proxy:80');
    for (const text of ['http://proxy:80', 'none', 'socks5://[::1]:1080', 'http://ada@proxy:80']) {
      expect(proxyAddress.mask?.(text)).toBe(text);
    }
  });
});

describe('the variables of other programs', () => {
  const names = [
    'ALL_PROXY',
    'all_proxy',
    'SOCKS_PROXY',
    'socks_proxy',
    'HTTPS_PROXY',
    'https_proxy',
    'HTTP_PROXY',
    'http_proxy',
  ];

  it.each(names)('%s names the proxy as well', (name) => {
    expect(load({ [name]: 'socks5h://proxy:1' }).telegramProxy).toEqual({ scheme: 'socks5h', host: 'proxy', port: 1 });
  });

  it.each([
    ['HTTPS_PROXY', 'http'],
    ['all_proxy', 'http'],
    ['SOCKS_PROXY', 'socks5'],
  ])('%s without a scheme is a proxy of its kind', (name, scheme) => {
    expect(load({ [name]: 'proxy:3128' }).telegramProxy).toEqual({ scheme, host: 'proxy', port: 3128 });
  });

  it('come after TELEGRAM_PROXY, in this order', () => {
    const all = Object.fromEntries(names.map((name, index) => [name, `http://proxy:${index + 1}`]));
    expect(load(all).telegramProxy).toMatchObject({ port: 1 });
    expect(load({ ...all, ALL_PROXY: '' }).telegramProxy).toMatchObject({ port: 2 });
    expect(load({ ...all, TELEGRAM_PROXY: 'none' }).telegramProxy).toBe('none');
  });

  it('stop no command that needs no proxy when they cannot be used', () => {
    const settings = load({ HTTPS_PROXY: 'https://ada:canary@proxy' });
    expect(settings.telegramProxy).toBeUndefined();
    expect(settings.proxyProblem).toMatch(/^HTTPS_PROXY in the environment must be .*got "https:\/\/ada:\*\*\*@proxy"/);
  });

  it.each(['NO_PROXY', 'no_proxy'])('%s names who is reached without', (name) => {
    expect(load({ [name]: 'localhost, .example.org 10.0.0.0/8,' }).noProxy).toEqual([
      'localhost',
      '.example.org',
      '10.0.0.0/8',
    ]);
    expect(load({}).noProxy).toEqual([]);
  });
});
