import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { loadSettings, type LoadedSettings, type LoadSettingsOptions } from '../../src/config/load-settings.js';

let root: string;
let cwd: string;
let home: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'chatferry-files-'));
  cwd = join(root, 'work');
  home = join(root, 'home');
  mkdirSync(cwd);
  mkdirSync(home);
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function load(options: Omit<LoadSettingsOptions, 'cwd'> = {}): LoadedSettings {
  return loadSettings({ cwd, env: {}, platform: 'linux', homeDirectory: home, ...options });
}

function writeEnv(folder: string, text: string): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, '.env'), text);
  return join(folder, '.env');
}

describe('the .env of this user', () => {
  it.each([
    ['linux', {}, '.config'],
    ['darwin', {}, 'Library/Application Support'],
    ['win32', {}, 'AppData/Roaming'],
  ] as const)('is found on %s from any folder', (platform, env, folder) => {
    const path = writeEnv(join(home, folder, 'chatferry'), 'TELEGRAM_API_ID=77\n');
    const loaded = load({ platform, env });
    expect(loaded.settings.telegramApiId).toBe(77);
    expect(loaded.origin('telegramApiId')).toBe('.env');
    expect(loaded.file('telegramApiId')).toBe(path);
    expect(loaded.settings.settingsFiles).toEqual([
      { path: join(cwd, '.env'), state: 'not there' },
      { path, state: 'read', trust: 'yours' },
    ]);
  });

  it('is where XDG_CONFIG_HOME and APPDATA say', () => {
    writeEnv(join(root, 'xdg', 'chatferry'), 'MAX_PARALLEL_MEDIA=3\n');
    expect(load({ env: { XDG_CONFIG_HOME: join(root, 'xdg') } }).settings.maxParallelMedia).toBe(3);
    const windows = load({ platform: 'win32', env: { APPDATA: join(root, 'xdg') }, homeDirectory: '' });
    expect(windows.settings.maxParallelMedia).toBe(3);
  });

  it('stands below the .env of the working directory, setting by setting', () => {
    writeEnv(join(home, '.config/chatferry'), 'MAX_PARALLEL_MEDIA=3\nTELEGRAM_API_ID=77\n');
    const near = writeEnv(cwd, 'MAX_PARALLEL_MEDIA=5\n');
    const loaded = load();
    expect(loaded.settings).toMatchObject({ maxParallelMedia: 5, telegramApiId: 77 });
    expect(loaded.file('maxParallelMedia')).toBe(near);
    expect(load({ env: { TELEGRAM_API_ID: '8' } }).settings.telegramApiId).toBe(8);
  });

  it('is named where it says something wrong or misspelt', () => {
    const path = writeEnv(join(home, '.config/chatferry'), 'MAX_PARALLEL_MEDIA=many\n');
    expect(() => load()).toThrow(`MAX_PARALLEL_MEDIA in ${path} must be`);
    writeEnv(join(home, '.config/chatferry'), 'MAX_PARALEL_MEDIA=3\n');
    expect(load().warnings).toEqual([
      `MAX_PARALEL_MEDIA in ${path} is not a setting. Did you mean MAX_PARALLEL_MEDIA?`,
    ]);
  });

  it('is read once where it is the working directory', () => {
    const folder = join(home, '.config/chatferry');
    writeEnv(folder, 'MAX_PARALEL_MEDIA=3\n');
    expect(load().warnings).toHaveLength(1);
    const loaded = loadSettings({ cwd: folder, env: {}, platform: 'linux', homeDirectory: home });
    expect(loaded.settings.settingsFiles).toHaveLength(1);
    expect(loaded.warnings).toHaveLength(1);
  });

  it('that is no file, or belongs to somebody else, is left aside with a warning', () => {
    const path = join(home, '.config/chatferry/.env');
    mkdirSync(path, { recursive: true });
    expect(load().warnings).toEqual([`${path} cannot be read and is ignored.`]);
    expect(load().settings.settingsFiles[1]).toEqual({ path, state: 'not readable' });
    chmodSync(path, 0o700);
  });
});

describe('a relative path', () => {
  it('starts at the .env that says it', () => {
    const folder = join(home, '.config/chatferry');
    writeEnv(folder, 'EXPORT_DIR=archive\nTELEGRAM_SESSION_FILE=../other.session\nLOG_FILE=/var/log/ferry.log\n');
    expect(load().settings).toMatchObject({
      exportDir: join(folder, 'archive'),
      telegramSessionFile: join(home, '.config/other.session'),
      logFile: '/var/log/ferry.log',
    });
    writeEnv(cwd, 'EXPORT_DIR=here\n');
    expect(load().settings.exportDir).toBe(join(cwd, 'here'));
  });

  it('starts at the working directory in the environment, on the command line and in a preset', () => {
    writeEnv(join(home, '.config/chatferry'), 'EXPORT_DIR=archive\n');
    expect(load({ env: { EXPORT_DIR: 'x' } }).settings.exportDir).toBe(join(cwd, 'x'));
    expect(load({ flags: { exportDir: 'x' } }).settings.exportDir).toBe(join(cwd, 'x'));
    mkdirSync(join(cwd, 'config'));
    writeFileSync(join(cwd, 'config', 'own.env'), 'EXPORT_DIR=y\n');
    rmSync(join(home, '.config/chatferry/.env'));
    expect(load({ flags: { preset: 'own' } }).settings.exportDir).toBe(join(cwd, 'y'));
  });

  it('to a preset starts at the .env that names it', () => {
    const folder = join(home, '.config/chatferry');
    writeEnv(folder, 'CHATFERRY_PRESET=./night.env\n');
    writeFileSync(join(folder, 'night.env'), 'MAX_PARALLEL_MEDIA=2\n');
    const loaded = load();
    expect(loaded.settings.maxParallelMedia).toBe(2);
    expect(loaded.file('maxParallelMedia')).toBe(join(folder, 'night.env'));
  });
});

describe('a user without a home directory', () => {
  const homeless = { homeDirectory: '' };

  it('has settings all the same, and no place for a login unless one is named', () => {
    expect(load(homeless).settings.telegramSessionFile).toBeUndefined();
    expect(load(homeless).settings.settingsFiles).toEqual([{ path: join(cwd, '.env'), state: 'not there' }]);
    const env = { TELEGRAM_SESSION_FILE: '/data/session' };
    expect(load({ ...homeless, env }).settings.telegramSessionFile).toBe('/data/session');
    const xdg = { XDG_CONFIG_HOME: '/xdg' };
    expect(load({ ...homeless, env: xdg }).settings.telegramSessionFile).toBe('/xdg/chatferry/telegram.session');
  });

  it('is told so where a path begins there', () => {
    expect(() => load({ ...homeless, env: { EXPORT_DIR: '~/out' } })).toThrow(
      'EXPORT_DIR in the environment is "~/out", and this user has no home directory. Set HOME, or write the whole path.',
    );
  });
});
