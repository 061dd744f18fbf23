import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';

import { loadSettings } from '../../src/config/load-settings.js';
import { MASK, redactor, secretsOf } from '../../src/config/redact.js';

const CANARY = 'c4nary"\\ü/secret?';

describe('redactor', () => {
  it.each([
    ['as it is', `login ${CANARY} failed`],
    ['inside JSON', JSON.stringify({ password: CANARY })],
    ['inside JSON inside JSON', JSON.stringify(JSON.stringify({ password: CANARY }))],
    ['inside a URL', `https://example.org/?p=${encodeURIComponent(CANARY)}`],
    ['at every place', `${CANARY}${CANARY} and ${CANARY}`],
  ])('masks a secret %s', (_where, text) => {
    const masked = redactor([CANARY])(text);
    expect(masked).toContain(MASK);
    expect(masked).not.toMatch(/c4nary|secret/);
  });

  test.prop([fc.array(fc.string({ minLength: 4, unit: 'grapheme' }), { minLength: 1 }), fc.string(), fc.string()])(
    'leaves no secret whole, whatever secrets there are and whatever stands around them',
    (secrets, before, after) => {
      fc.pre(secrets.every((secret) => !MASK.includes(secret) && !secret.includes('*')));
      const redact = redactor(secrets);
      for (const secret of secrets) expect(redact(before + secret + after)).not.toContain(secret);
    },
  );

  it('masks the whole of a secret that contains another one', () => {
    expect(redactor(['abcd', 'abcdefgh'])('x abcdefgh y')).toBe(`x ${MASK} y`);
  });

  it('masks a very short secret only where it stands as a word', () => {
    expect(redactor(['a1'])('a1 ba1t "a1"')).toBe(`${MASK} ba1t "${MASK}"`);
  });

  it('knows secrets that were added after it was made', () => {
    const secrets = new Set<string>();
    const redact = redactor(secrets);
    expect(redact('later-on')).toBe('later-on');
    secrets.add('later-on');
    expect(redact('later-on')).toBe(MASK);
  });

  it('changes nothing where there is no secret', () => {
    expect(redactor([])('text')).toBe('text');
    expect(redactor([''])('text')).toBe('text');
  });
});

it('secretsOf gathers every secret that is set, and nothing else', () => {
  const env = {
    TELEGRAM_API_ID: '12345',
    TELEGRAM_API_HASH: 'a'.repeat(32),
    TELEGRAM_SESSION: '1session',
    TELEGRAM_PASSWORD: 'password',
    TELEGRAM_BOT_TOKEN: '1:token',
    TELEGRAM_PHONE: '+491234567',
  };
  const { settings } = loadSettings({ cwd: '/', env });
  expect(secretsOf(settings)).toEqual(['a'.repeat(32), '1session', 'password', '1:token']);
});
