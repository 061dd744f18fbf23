import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { loadSettings, type LoadedSettings, type LoadSettingsOptions } from '../../src/config/load-settings.js';
import type { Setting } from '../../src/config/setting.js';
import { SETTING_KEYS, SETTINGS, type SettingKey } from '../../src/config/settings.js';
import { trustCandidates, trustRecord } from '../../src/config/trust/trust-candidates.js';
import { readTrustedFiles, writeTrustedFiles } from '../../src/config/trust/trusted-files.js';

let root: string;
let cwd: string;
let own: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'chatferry-trust-'));
  cwd = join(root, 'work');
  own = join(root, 'home/.config/chatferry');
  mkdirSync(cwd);
  mkdirSync(own, { recursive: true, mode: 0o700 });
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function load(options: Omit<LoadSettingsOptions, 'cwd'> & { readonly cwd?: string } = {}): LoadedSettings {
  return loadSettings({ cwd, env: {}, platform: 'linux', homeDirectory: join(root, 'home'), ...options });
}

function write(path: string, text: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode: 0o644 });
  return path;
}

/** What `chatferry trust` does once it is told yes. */
async function trust(options: Omit<LoadSettingsOptions, 'cwd'> = {}): Promise<void> {
  const records = trustCandidates(cwd, load(options)).map((candidate) => trustRecord(candidate, cwd));
  await writeTrustedFiles(own, [...readTrustedFiles(own).files, ...records]);
}

/** A text for each setting that a stranger must not say. */
const HARMFUL: Readonly<Partial<Record<SettingKey, string>>> = {
  telegramSession: '1AgAOMTQ5LjE1NC4xNjcuNTE',
  telegramSessionFile: './their.session',
  telegramBotToken: '123456:ABC-def',
  telegramDcAddresses: '2=203.0.113.7:443',
  telegramPublicKeyFile: './key.pem',
  telegramProxy: 'socks5://203.0.113.7:1080',
  noProxy: '*',
  exportDir: '../elsewhere',
  archiveMode: 'shared',
  mediaTranscodeOriginals: 'replace',
  stripMetadata: 'false',
  ffmpegPath: './evil',
  ffprobePath: './evil',
  ffmpegAnyVersion: 'true',
  logFile: '~/.bashrc',
  exportUploadTo: 's3://their-bucket',
  uploadSessionDir: './their-sessions',
  uploadAllowHttp: 'true',
  uploadAllowPrivateRedirects: 'true',
  s3Endpoint: 'https://203.0.113.7',
  s3Region: 'eu-north-1',
  s3ServerSideEncryption: 'aws:kms',
  s3KmsKeyId: 'their-key',
  awsAccessKeyId: 'AKIATHEIRS',
  awsSecretAccessKey: 'their-secret',
  awsSessionToken: 'their-token',
  tusToken: 'their-token',
  supabaseUrl: 'https://203.0.113.7',
  supabaseKey: 'their-key',
  geminiApiKey: 'their-key',
  geminiBaseUrl: 'https://203.0.113.7',
  openaiApiKey: 'their-key',
  openaiBaseUrl: 'https://203.0.113.7',
  kimiApiKey: 'their-key',
  kimiBaseUrl: 'https://203.0.113.7',
};
/** A preset must not contain secrets, whoever wrote it. */
const NOT_IN_PRESETS: readonly SettingKey[] = (Object.keys(HARMFUL) as SettingKey[]).filter(
  (key) => (SETTINGS[key] as Setting<unknown>).secret === true,
);
const CASES = Object.entries(HARMFUL) as readonly (readonly [SettingKey, string])[];

it('every setting that counts only from its user is in this matrix, but for the preset', () => {
  const guarded = SETTING_KEYS.filter((key) => (SETTINGS[key] as Setting<unknown>).onlyFromYou !== undefined);
  expect([...Object.keys(HARMFUL), 'preset'].sort()).toEqual([...guarded].sort());
});

describe.each(CASES)('%s=%s', (key, text) => {
  const { name } = SETTINGS[key];
  const line = `${name}=${text}\n`;

  function expectCounts(loaded: LoadedSettings, origin: string): void {
    expect(loaded.origin(key)).toBe(origin);
    expect(loaded.ignored).toEqual([]);
    expect(loaded.ignoredWarnings).toEqual([]);
  }

  function expectIgnored(loaded: LoadedSettings, trust: string): void {
    expect(loaded.origin(key)).toBe('default');
    expect(loaded.settings[key]).toEqual(
      load({ cwd: own }).settings[key] === undefined ? undefined : expect.anything(),
    );
    expect(loaded.ignored).toMatchObject([{ key, name, text, file: { trust } }]);
    expect(loaded.ignoredWarnings).toHaveLength(1);
    expect(loaded.ignoredWarnings[0]).toContain(name);
  }

  it('counts from a flag and from the environment', () => {
    expectCounts(load({ flags: { [key]: text } }), 'flag');
    expectCounts(load({ env: { [name]: text } }), 'environment');
  });

  it('counts from the own file, unless others may write that or its folder', () => {
    const path = write(join(own, '.env'), line);
    expectCounts(load(), '.env');
    if (process.platform === 'win32') return;
    chmodSync(path, 0o646);
    expectIgnored(load(), 'open to others');
    chmodSync(path, 0o600);
    chmodSync(own, 0o777);
    expectIgnored(load(), 'open to others');
  });

  it('counts from .env of the working directory while that is trusted as it is', async () => {
    const path = write(join(cwd, '.env'), line);
    expectIgnored(load(), 'not trusted');
    await trust();
    expectCounts(load(), '.env');
    expect(load().isFromYou(key)).toBe(false);
    write(path, `${line}# a comment\n`);
    expectIgnored(load(), 'changed');
    await trust();
    expectCounts(load(), '.env');
  });

  it('counts from a preset of the working directory while that is trusted', async () => {
    const path = write(join(cwd, 'config', 'own.env'), line);
    const presets = ['own', './config/own.env', path];
    if (NOT_IN_PRESETS.includes(key)) {
      for (const preset of presets) expect(() => load({ flags: { preset } })).toThrow('must not contain secrets');
      return;
    }
    for (const preset of presets) expectIgnored(load({ flags: { preset } }), 'not trusted');
    await trust();
    for (const preset of presets) expectCounts(load({ flags: { preset } }), 'preset');
    write(path, `\n${line}`);
    for (const preset of presets) expectIgnored(load({ flags: { preset } }), 'changed');
  });
});

describe('trust', () => {
  const line = 'FFMPEG_PATH=./evil\n';

  it.skipIf(process.getuid?.() !== 0)('ends when the file or the list belongs to somebody else', async () => {
    const path = write(join(cwd, '.env'), line);
    await trust();
    chownSync(path, 12345, 12345);
    expect(load().ignored).toMatchObject([{ file: { trust: 'changed' } }]);
    chownSync(path, 0, 0);
    expect(load().ignored).toEqual([]);
    chownSync(join(own, 'trusted.json'), 12345, 12345);
    expect(load().ignored).toMatchObject([{ file: { trust: 'not trusted' } }]);
    expect(load().warnings).toEqual([expect.stringContaining('trusted.json is ignored: other users can write to it')]);
  });

  it.skipIf(process.getuid?.() !== 0)('is not given to the own file of somebody else', () => {
    chownSync(write(join(own, '.env'), line), 12345, 12345);
    expect(load().ignored).toMatchObject([{ file: { trust: 'open to others' } }]);
  });

  it('is for one folder: a copy and a link elsewhere have none', async () => {
    const path = write(join(cwd, '.env'), line);
    await trust();
    const copy = join(root, 'copy');
    write(join(copy, '.env'), line);
    expect(load({ cwd: copy }).ignored).toMatchObject([{ file: { trust: 'not trusted' } }]);
    const linked = join(root, 'linked');
    mkdirSync(linked);
    symlinkSync(path, join(linked, '.env'));
    expect(load({ cwd: linked }).ignored).toMatchObject([{ file: { trust: 'not trusted' } }]);
    symlinkSync(cwd, join(root, 'same'));
    expect(load({ cwd: join(root, 'same') }).ignored).toEqual([]);
  });

  it('in a preset of another folder is for the folder in which it was given', async () => {
    const preset = join(root, 'presets', 'x.env');
    write(preset, line);
    chmodSync(dirname(preset), 0o777);
    await trust({ flags: { preset: '../presets/x.env' } });
    expect(load({ flags: { preset: '../presets/x.env' } }).ignored).toEqual([]);
    mkdirSync(join(root, 'other'));
    const elsewhere = load({ cwd: join(root, 'other'), flags: { preset: '../presets/x.env' } });
    expect(elsewhere.ignored).toMatchObject([{ file: { trust: 'not trusted' } }]);
  });

  it('is not read from a list of another form', () => {
    write(join(cwd, '.env'), line);
    write(join(own, 'trusted.json'), '{"version":2}');
    expect(load().ignored).toHaveLength(1);
    expect(load().warnings).toEqual([expect.stringContaining('it has another form')]);
  });

  it('is remembered for the user alone', async () => {
    write(join(cwd, '.env'), line);
    await trust();
    expect(JSON.parse(readFileSync(join(own, 'trusted.json'), 'utf8'))).toMatchObject({
      version: 1,
      files: [{ folder: cwd }],
    });
  });
});

describe('a stranger', () => {
  it.each([
    ['EXPORT_DIR=out/of/mine', 'exportDir'],
    ['ARCHIVE_MODE=private', 'archiveMode'],
    ['MEDIA_TRANSCODE_ORIGINALS=Keep', 'mediaTranscodeOriginals'],
    ['STRIP_METADATA=yes', 'stripMetadata'],
    ['CHATFERRY_PRESET=gentle', 'preset'],
    ['TELEGRAM_API_ID=5', 'telegramApiId'],
    ['TELEGRAM_API_HASH=0123456789abcdef0123456789abcdef', 'telegramApiHash'],
  ] as const)('may say %s', (line, key) => {
    write(join(cwd, '.env'), line);
    expect(load().origin(key)).toBe('.env');
    expect(load().ignored).toEqual([]);
  });

  it.each(['/tmp/out', '~/out', '..', 'a/../../b', './link/x', './dangling'])(
    'may not send the archive to %s',
    (text) => {
      symlinkSync(root, join(cwd, 'link'));
      symlinkSync(join(root, 'not there yet'), join(cwd, 'dangling'));
      write(join(cwd, '.env'), `EXPORT_DIR=${text}\n`);
      expect(load().origin('exportDir')).toBe('default');
    },
  );

  it.each(['ALL_PROXY', 'https_proxy', 'no_proxy'])('may not set the way of connections as %s either', (name) => {
    write(join(cwd, '.env'), `${name}=203.0.113.7:8080\n`);
    const loaded = load();
    expect(loaded.settings).toMatchObject({ telegramProxy: undefined, noProxy: [] });
    expect(loaded.ignoredWarnings[0]).toContain(name);
  });

  it('may not take a preset from outside the folder, nor have a preset of the folder count without trust', () => {
    const outside = write(join(root, 'out.env'), 'MAX_PARALLEL_MEDIA=9\n');
    for (const text of ['../out.env', outside, '~/out.env']) {
      write(join(cwd, '.env'), `CHATFERRY_PRESET=${text}\n`);
      expect(load().settings.maxParallelMedia).toBe(0);
      expect(load().ignoredWarnings[0]).toContain('CHATFERRY_PRESET');
    }
    write(join(cwd, 'in.env'), 'MAX_PARALLEL_MEDIA=8\nFFMPEG_PATH=./evil\n');
    write(join(cwd, '.env'), 'CHATFERRY_PRESET=./in.env\n');
    expect(load().settings).toMatchObject({ maxParallelMedia: 8, ffmpegPath: undefined });
  });

  it('has its wrong values left aside as well', () => {
    write(join(cwd, '.env'), 'TELEGRAM_DC_ADDRESSES=nonsense\n');
    expect(load().settings.telegramDcAddresses).toEqual([]);
  });

  it('is named once, with all settings and the remedy', () => {
    write(join(cwd, '.env'), 'FFMPEG_PATH=./evil\nLOG_FILE=~/.bashrc\nTELEGRAM_PROXY=none\n');
    expect(load().ignoredWarnings).toEqual([
      'TELEGRAM_PROXY, FFMPEG_PATH and LOG_FILE in .env are ignored: programs, logs, servers and logins count from a ' +
        'working folder only when you trust it. Read .env, then run `chatferry trust`; or set them in the environment or ' +
        `in ${join(own, '.env')}.`,
    ]);
  });

  it('does not hide what the user says in the own file', () => {
    write(join(own, '.env'), 'TELEGRAM_PROXY=socks5://127.0.0.1:9050\n');
    write(join(cwd, '.env'), 'TELEGRAM_PROXY=none\n');
    expect(load().settings.telegramProxy).toMatchObject({ port: 9050 });
  });
});

describe('a preset of the program', () => {
  it('is not replaced by a file of its name, which is named', () => {
    write(join(cwd, 'config', 'gentle.env'), 'MAX_PARALLEL_MEDIA=9\nFFMPEG_PATH=./evil\n');
    const loaded = load({ flags: { preset: 'gentle' } });
    expect(loaded.settings).toMatchObject({ maxParallelMedia: 2, ffmpegPath: undefined });
    expect(loaded.warnings).toEqual([
      `${join('config', 'gentle.env')} is ignored: "gentle" is a preset of chatferry. To use that file: --preset ./config/gentle.env`,
    ]);
    expect(load({ flags: { preset: './config/gentle.env' } }).settings.maxParallelMedia).toBe(9);
  });

  it('is no stranger to the folder of the program itself', () => {
    expect(load({ cwd: process.cwd(), flags: { preset: 'gentle' } }).warnings).toEqual([]);
  });
});

describe('another server', () => {
  it('has a session file of its own, which depends on addresses and key, unless one is named', () => {
    const file = (env: Readonly<Record<string, string>>): string | undefined =>
      load({ env }).settings.telegramSessionFile;
    const one = file({ TELEGRAM_DC_ADDRESSES: '2=127.0.0.1:4430' });
    const files = [
      file({}),
      one,
      file({ TELEGRAM_DC_ADDRESSES: '2=127.0.0.1:4431' }),
      file({ TELEGRAM_PUBLIC_KEY_FILE: '/key.pem' }),
      file({ TELEGRAM_DC_ADDRESSES: '2=127.0.0.1:4430', TELEGRAM_PUBLIC_KEY_FILE: '/key.pem' }),
    ];
    expect(new Set(files).size).toBe(5);
    expect(files[0]).toBe(join(own, 'telegram.session'));
    expect(one).toMatch(/telegram-[0-9a-f]{16}\.session$/);
    expect(file({ TELEGRAM_DC_ADDRESSES: '2=127.0.0.1:4430' })).toBe(one);
    expect(file({ TELEGRAM_DC_ADDRESSES: '2=127.0.0.1:4430', TELEGRAM_SESSION_FILE: '/s' })).toBe('/s');
  });
});
