import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { fc, test } from '@fast-check/vitest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { loadSettings, type LoadedSettings, type LoadSettingsOptions } from '../../src/config/load-settings.js';
import type { Setting } from '../../src/config/setting.js';
import { SETTING_KEYS, SETTINGS } from '../../src/config/settings.js';
import { ChatferryError } from '../../src/errors/chatferry-error.js';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'chatferry-settings-'));
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

function load(options: Omit<LoadSettingsOptions, 'cwd'> = {}): LoadedSettings {
  return loadSettings({ cwd, env: {}, platform: 'linux', homeDirectory: '/home/ada', ...options });
}

function refusal(env: Readonly<Record<string, string>>): string {
  try {
    load({ env });
  } catch (error) {
    expect(error).toBeInstanceOf(ChatferryError);
    expect(error).toMatchObject({ code: 'USAGE' });
    return (error as ChatferryError).message;
  }
  throw new Error(`nothing was refused of ${JSON.stringify(env)}`);
}

function writePreset(name: string, text: string): void {
  mkdirSync(join(cwd, 'config'), { recursive: true });
  writeFileSync(join(cwd, 'config', `${name}.env`), text);
}

describe('the defaults', () => {
  it('are those of the table, in the units of the program', () => {
    expect(load().settings).toMatchObject({
      telegramApiId: undefined,
      telegramDcAddresses: [],
      requestTimeoutMs: 15_000,
      maxFloodWaitMs: 3_600_000,
      exportDir: join(cwd, 'exports'),
      parallelMediaProcessing: true,
      parallelMediaMode: 'window',
      maxParallelMedia: 0,
      parallelMediaMemoryLimitMb: 0,
      parallelMediaCheckIntervalMs: 500,
      parallelMediaWindow: 500,
      maxMediaSizeBytes: 0,
      logLevel: 'warn',
    });
    expect(load().settings.mediaKinds).toContain('round-video');
    expect(load().origin('exportDir')).toBe('default');
  });

  it.each([
    ['linux', {}, '/home/ada/.config/chatferry/telegram.session'],
    ['linux', { XDG_CONFIG_HOME: '/xdg' }, '/xdg/chatferry/telegram.session'],
    ['linux', { XDG_CONFIG_HOME: 'relative' }, '/home/ada/.config/chatferry/telegram.session'],
    ['darwin', {}, '/home/ada/Library/Application Support/chatferry/telegram.session'],
    ['win32', { APPDATA: '/roaming' }, '/roaming/chatferry/telegram.session'],
    ['win32', { APPDATA: '' }, '/home/ada/AppData/Roaming/chatferry/telegram.session'],
  ] as const)('keep the session where %s keeps settings (%o)', (platform, env, path) => {
    expect(load({ platform, env }).settings.telegramSessionFile).toBe(resolve(path));
  });
});

describe('precedence', () => {
  const layers = ['flag', 'environment', '.env', 'preset', 'default'] as const;

  test.prop([fc.uniqueArray(fc.constantFrom('flag', 'environment', '.env', 'preset'))])(
    'is flag, environment, .env, preset, default, whichever of them speak',
    (speaking) => {
      const texts = { flag: '11', environment: '12', '.env': '13', preset: '14', default: '0' };
      const says = (layer: keyof typeof texts): string =>
        speaking.includes(layer as never) ? `MAX_PARALLEL_MEDIA=${texts[layer]}\n` : '';
      writePreset('mine', says('preset'));
      writeFileSync(join(cwd, '.env'), says('.env'));
      const loaded = load({
        flags: { preset: 'mine', ...(speaking.includes('flag') ? { maxParallelMedia: '11' } : {}) },
        env: speaking.includes('environment') ? { MAX_PARALLEL_MEDIA: '12' } : {},
      });
      const strongest = layers.find((layer) => speaking.includes(layer as never)) ?? 'default';
      expect(loaded.origin('maxParallelMedia')).toBe(strongest);
      expect(loaded.settings.maxParallelMedia).toBe(Number(texts[strongest]));
      expect(loaded.text('maxParallelMedia')).toBe(texts[strongest]);
    },
  );

  it('lets an empty variable mean nothing, as in a copied example', () => {
    writeFileSync(join(cwd, '.env'), 'MAX_PARALLEL_MEDIA=3\nEXPORT_DIR=\n');
    const loaded = load({ env: { MAX_PARALLEL_MEDIA: '', EXPORT_DIR: '  ' } });
    expect(loaded.settings.maxParallelMedia).toBe(3);
    expect(loaded.origin('exportDir')).toBe('default');
  });

  it('never changes the environment of this process', () => {
    const before = { ...process.env };
    writeFileSync(join(cwd, '.env'), 'MAX_PARALLEL_MEDIA=3\nSOMETHING_ELSE=1\n');
    load();
    expect(process.env).toEqual(before);
  });
});

describe('a value', () => {
  it.each(['true', '1', 'YES', 'on'])('%s switches on', (text) => {
    expect(load({ env: { PARALLEL_MEDIA_PROCESSING: text } }).settings.parallelMediaProcessing).toBe(true);
  });

  it.each(['false', '0', 'No', 'OFF'])('%s switches off', (text) => {
    expect(load({ env: { PARALLEL_MEDIA_PROCESSING: text } }).settings.parallelMediaProcessing).toBe(false);
  });

  it('lists data centres, IPv6 in brackets', () => {
    const env = { TELEGRAM_DC_ADDRESSES: '2=127.0.0.1:4430, 4=[::1]:4431,5=dc.example.org:443' };
    expect(load({ env }).settings.telegramDcAddresses).toEqual([
      { id: 2, host: '127.0.0.1', port: 4430 },
      { id: 4, host: '::1', port: 4431 },
      { id: 5, host: 'dc.example.org', port: 443 },
    ]);
  });

  it.each([
    ['photo,video', ['photo', 'video']],
    ['video, photo,VIDEO', ['photo', 'video']],
    ['none', []],
  ])('selects the kinds of media %s', (text, kinds) => {
    expect(load({ env: { MEDIA_KINDS: text } }).settings.mediaKinds).toEqual(kinds);
  });

  it('takes paths from the working directory and from home', () => {
    const env = { EXPORT_DIR: 'out', LOG_FILE: '~/logs/chatferry.log' };
    expect(load({ env }).settings).toMatchObject({
      exportDir: join(cwd, 'out'),
      logFile: join('/home/ada', 'logs/chatferry.log'),
    });
  });

  it('takes a phone number as people write it', () => {
    expect(load({ env: { TELEGRAM_PHONE: '+49 151 23456789' } }).settings.telegramPhone).toBe('+4915123456789');
  });

  it('keeps the spaces inside a password', () => {
    expect(load({ env: { TELEGRAM_PASSWORD: 'correct horse  battery' } }).settings.telegramPassword).toBe(
      'correct horse  battery',
    );
  });
});

describe('a wrong value is refused with its name, itself and what is allowed:', () => {
  it.each([
    ['MAX_PARALLEL_MEDIA', '65', 'a whole number from 0 to 64; 0 means automatic'],
    ['MAX_PARALLEL_MEDIA', '-1', 'from 0 to 64'],
    ['MAX_PARALLEL_MEDIA', '8.5', 'a whole number'],
    ['MAX_PARALLEL_MEDIA', 'many', 'a whole number'],
    ['PARALLEL_MEDIA_PROCESSING', 'maybe', 'true or false'],
    ['PARALLEL_MEDIA_MODE', 'turbo', 'sequential, batch or window'],
    ['PARALLEL_MEDIA_WINDOW', '0', 'from 1 to'],
    ['PARALLEL_MEDIA_CHECK_INTERVAL_MS', '9', 'from 10 to'],
    ['PARALLEL_MEDIA_MEMORY_LIMIT_MB', '1.5', 'a whole number'],
    ['REQUEST_TIMEOUT_SECONDS', '0', 'from 1 to'],
    ['MAX_FLOOD_WAIT_SECONDS', 'an hour', 'a whole number'],
    ['MAX_MEDIA_SIZE_MB', '1e3', '0 means no limit'],
    ['MEDIA_KINDS', 'photo,gif', 'animation'],
    ['MEDIA_KINDS', 'photo,,video', 'comma list'],
    ['TELEGRAM_API_ID', '12x', 'a whole number from 1'],
    ['TELEGRAM_PHONE', 'home', 'a phone number in international form'],
    ['TELEGRAM_DC_ADDRESSES', '2=127.0.0.1', '<dc>=<host>:<port>'],
    ['TELEGRAM_DC_ADDRESSES', '2=::1:4430', 'IPv6 in brackets'],
    ['TELEGRAM_DC_ADDRESSES', '2=h:1,2=h:2', 'each dc once'],
    ['TELEGRAM_DC_ADDRESSES', '2=h:70000', '<port>'],
    ['TIME_ZONE', 'Mars/Olympus', 'an IANA time zone'],
    ['LOG_LEVEL', 'loud', 'silent, error, warn, info or debug'],
  ])('%s=%s', (name, text, allowed) => {
    const message = refusal({ [name]: text });
    expect(message).toContain(name);
    expect(message).toContain(`got "${text}"`);
    expect(message).toContain('in the environment');
    expect(message).toContain(allowed);
  });

  it.each(['TELEGRAM_API_HASH', 'TELEGRAM_BOT_TOKEN', 'TELEGRAM_SESSION'])('%s, without showing it', (name) => {
    const message = refusal({ [name]: 'canary!canary' });
    expect(message).toContain(`${name} in the environment must be`);
    expect(message).not.toContain('canary');
  });

  it('all of them at once', () => {
    const message = refusal({ MAX_PARALLEL_MEDIA: 'x', LOG_LEVEL: 'y', TIME_ZONE: 'z' });
    expect(message).toMatch(/^3 settings are wrong:\n/);
    expect(message.split('\n')).toHaveLength(4);
  });

  it('by the name of the flag, when it came from there', () => {
    expect(() => load({ flags: { maxParallelMedia: 'x' } })).toThrow(/^--max-parallel on the command line must be/);
    expect(() => load({ flags: { exportDir: '' } })).toThrow(/^--out on the command line must be a path, got ""/);
  });

  it('a .env that cannot be read', () => {
    mkdirSync(join(cwd, '.env'));
    expect(() => load()).toThrow(/\.env cannot be read: it is a folder/);
  });

  it('a .env that is too large to be one', () => {
    writeFileSync(join(cwd, '.env'), `# ${'x'.repeat(1024 * 1024)}`);
    expect(() => load()).toThrow(/\.env cannot be read: it has more than 1048576 bytes/);
  });

  it.skipIf(process.platform === 'win32')('a .env or a preset that is a pipe, at once', () => {
    execFileSync('mkfifo', [join(cwd, 'pipe.env')]);
    expect(() => load({ flags: { preset: './pipe.env' } })).toThrow(
      /pipe\.env cannot be read: it is not a regular file/,
    );
    execFileSync('mkfifo', [join(cwd, '.env')]);
    expect(() => load()).toThrow(/\.env cannot be read: it is not a regular file/);
  });
});

describe('a preset', () => {
  it.each(['sequential', 'gentle', 'fast'])('%s comes with the program and is valid', (name) => {
    const loaded = load({ env: { CHATFERRY_PRESET: name } });
    expect(loaded.origin('maxParallelMedia')).toBe('preset');
    expect(loaded.warnings).toEqual([]);
  });

  it('may be named in .env, and may be a path', () => {
    writeFileSync(join(cwd, 'own.env'), 'MAX_PARALLEL_MEDIA=7\n');
    writeFileSync(join(cwd, '.env'), 'CHATFERRY_PRESET=./own.env\n');
    expect(load().settings.maxParallelMedia).toBe(7);
  });

  it('that is not there is refused with the near name and all names', () => {
    expect(() => load({ flags: { preset: 'gentel' } })).toThrow(
      'There is no preset "gentel". Did you mean gentle? There are: balanced, fast, gentle, sequential, small.',
    );
    expect(() => load({ flags: { preset: 'no/such.env' } })).toThrow('There is no preset file no/such.env.');
  });

  it('must hold neither a secret nor another preset', () => {
    writePreset('leaky', 'TELEGRAM_API_HASH=canarycanary\n');
    writePreset('chained', 'CHATFERRY_PRESET=fast\n');
    expect(() => load({ flags: { preset: 'leaky' } })).toThrow(
      /TELEGRAM_API_HASH, and a preset must not contain secrets/,
    );
    expect(() => load({ flags: { preset: 'chained' } })).toThrow(/names another preset/);
  });
});

describe('a misspelt variable', () => {
  it.each([
    ['PARALLEL_MEDIA_MODUS', 'PARALLEL_MEDIA_MODE'],
    ['MAX_PARALEL_MEDIA', 'MAX_PARALLEL_MEDIA'],
    ['MAX_PARALLEL', 'MAX_PARALLEL_MEDIA'],
    ['TELEGRAM_APIHASH', 'TELEGRAM_API_HASH'],
    ['telegram_api_id', 'TELEGRAM_API_ID'],
  ])('%s is warned of, with %s as the near one', (name, near) => {
    expect(load({ env: { [name]: '1' } }).warnings).toEqual([
      `${name} in the environment is not a setting. Did you mean ${near}?`,
    ]);
  });

  it('is warned of in .env as well, and without a near one in a family that is ours', () => {
    writeFileSync(join(cwd, '.env'), 'PARALLEL_MEDIA_FLYING_CARPETS=1\n');
    expect(load().warnings).toEqual([
      'PARALLEL_MEDIA_FLYING_CARPETS in .env is not a setting. docs/SETTINGS.md lists them all.',
    ]);
  });

  it.each(['LOGNAME', 'TELEGRAM_CHAT_ID', 'MAX_WORKERS', 'UPLOAD_FOLDER', 'TIMEFORMAT', 'HOME', 'MEDIA_KINDS'])(
    'is not seen in %s',
    (name) => {
      expect(load({ env: { [name]: name === 'MEDIA_KINDS' ? 'all' : '1' } }).warnings).toEqual([]);
    },
  );
});

describe('the table', () => {
  const rows: readonly Setting<unknown>[] = SETTING_KEYS.map((key) => SETTINGS[key]);

  it('names every variable once, and every flag once for a section: two commands may have the same', () => {
    const names = rows.map(({ name }) => name);
    const flags = rows.flatMap(({ section, flag }) => (flag === undefined ? [] : `${section} ${flag}`));
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(flags).size).toBe(flags.length);
  });

  it.each(rows.map((row) => [row.name, row] as const))('describes %s in a whole sentence', (_name, row) => {
    expect(row.description).toMatch(/^\S.*\.$/);
    expect(row.kind.accepts).not.toMatch(/\.$/);
    if (row.defaultText !== undefined) expect(row.kind.schema.safeParse(row.defaultText).success).toBe(true);
  });
});
