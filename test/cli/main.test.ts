import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { renderEnvExample } from '../../src/config/env-example.js';
import { SETTING_KEYS } from '../../src/config/settings.js';
import { isRootOfLinux, runChatferry, type ProgramEnd } from './run-chatferry.js';

let cwd: string;

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'chatferry-cli-'));
});

afterAll(() => {
  rmSync(cwd, { recursive: true, force: true });
});

function run(line: string, env: Readonly<Record<string, string>> = {}): Promise<ProgramEnd> {
  return runChatferry(
    line.split(' ').filter((word) => word !== ''),
    { cwd, env },
  );
}

describe('the program', () => {
  it('says its version and its help on stdout, with exit code 0', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    await expect(run('--version')).resolves.toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    const help = await run('--help');
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toContain('Exit codes:');
  });

  it('shows its help and ends with 2 when no command is given', async () => {
    const end = await run('');
    expect(end).toMatchObject({ code: 2, stdout: '' });
    expect(end.stderr).toContain('Commands:');
  });

  it.each([
    ['help exprot', "unknown command 'exprot'", 'Did you mean export?'],
    ['exprot', "unknown command 'exprot'", 'Did you mean export?'],
    ['export --al', "unknown option '--al'", 'Did you mean --all?'],
    ['chats --josn', "unknown option '--josn'", 'Did you mean --json?'],
    ['config --preset gentel', 'There is no preset "gentel"', 'Did you mean gentle?'],
  ])('%s: refused with exit code 2 and the near name', async (line, refusal, suggestion) => {
    const end = await run(line);
    expect(end).toMatchObject({ code: 2, stdout: '' });
    expect(end.stderr).toContain(refusal);
    expect(end.stderr).toContain(suggestion);
  });

  it.each([
    ['config --quiet --verbose', "'--quiet' cannot be used with option '--verbose'"],
    ['export', 'Which chat? Name one, or give --all.'],
    ['export @a @b --all', '--all contradicts the chats named beside it: @a, @b'],
    ['export @a --exclude @b', '--exclude @b goes with --all, and not with the chats that are named: @a'],
    ['export --exclude @b --exclude me', '--exclude @b, me goes with --all.'],
    ['export --all --exclude', "option '--exclude <chat>' argument missing"],
    ['export @a --no-parallel --mode window', '--no-parallel contradicts --mode window'],
    ['export @a --no-parallel --max-parallel 8', '--no-parallel contradicts --max-parallel 8'],
    ['export @a --max-parallel 65', '--max-parallel on the command line must be a whole number from 0 to 64'],
    ['export @a --mode', "option '--mode <mode>' argument missing"],
    ['chats --limit none', 'It must be a whole number of 1 or more'],
    ['simulate --ports 4430,70000', 'It must be a whole number from 0 to 65535'],
    ['simulate --ports 4430', 'It must be 2 numbers separated by commas, not 1'],
    ['simulate --world mars', 'Allowed choices are demo, lively, text'],
    ['config surplus', 'too many arguments'],
  ])('%s: refused by name with exit code 2', async (line, refusal) => {
    const end = await run(line);
    expect(end).toMatchObject({ code: 2, stdout: '' });
    expect(end.stderr).toContain(refusal);
    expect(end.stderr).not.toMatch(/^\s+at /m);
  });

  it('tells machines of an error as the last line of stdout, and people on stderr', async () => {
    const end = await run('config --json', { MAX_PARALLEL_MEDIA: 'many' });
    expect(end.code).toBe(2);
    expect(JSON.parse(end.stdout)).toMatchObject({ type: 'error', code: 'USAGE', exitCode: 2 });
    expect(end.stderr).toContain('error: MAX_PARALLEL_MEDIA in the environment must be');
  });

  it('shows where an error came from with --verbose only', async () => {
    expect((await run('config --verbose', { LOG_LEVEL: 'loud', TIME_ZONE: 'x' })).stderr).toMatch(/^\s+at /m);
  });
});

describe('chatferry config', () => {
  it('shows every setting with its origin, and masks secrets', async () => {
    writeFileSync(join(cwd, '.env'), 'TELEGRAM_PASSWORD=canary-password\nMAX_PARALLEL_MEDIA=3\n');
    const env = { TELEGRAM_API_HASH: 'ca'.repeat(16), TELEGRAM_SESSION: '1canarysession', PARALLEL_MEDIA_WINDOW: '9' };
    try {
      const end = await run('config --json --preset gentle', env);
      expect(end).toMatchObject({ code: 0, stderr: '' });
      expect(end.stdout).not.toMatch(/canary|caca/);
      const { settings } = JSON.parse(end.stdout) as { settings: { name: string; value: string; origin: string }[] };
      expect(settings).toHaveLength(SETTING_KEYS.length);
      expect(settings).toEqual(
        expect.arrayContaining([
          { name: 'TELEGRAM_API_ID', value: null, origin: 'default' },
          { name: 'TELEGRAM_API_HASH', value: '***', origin: 'environment' },
          { name: 'TELEGRAM_PASSWORD', value: '***', origin: '.env', file: join(cwd, '.env') },
          { name: 'MAX_PARALLEL_MEDIA', value: '3', origin: '.env', file: join(cwd, '.env') },
          { name: 'PARALLEL_MEDIA_WINDOW', value: '9', origin: 'environment' },
          { name: 'MAX_FLOOD_WAIT_SECONDS', value: '86400', origin: 'preset', file: resolve('config/gentle.env') },
          { name: 'CHATFERRY_PRESET', value: 'gentle', origin: 'flag' },
        ]),
      );
    } finally {
      rmSync(join(cwd, '.env'));
    }
  });

  it('names the file that says a setting, and those that were looked for', async () => {
    const folder = join(cwd, 'xdg', 'chatferry');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, '.env'), 'MAX_PARALLEL_MEDIA=3\n');
    const { stdout } = await run('config', { XDG_CONFIG_HOME: join(cwd, 'xdg') });
    expect(stdout).toContain(
      `Looked for settings in ${join(cwd, '.env')} (not there) and ${join(folder, '.env')} (read, yours).`,
    );
    expect(stdout.split('\n').find((line) => line.startsWith('MAX_PARALLEL_MEDIA '))).toContain(join(folder, '.env'));
  });

  it('prints a table for people, with warnings beside it', async () => {
    const end = await run('config', { MAX_PARALEL_MEDIA: '8' });
    expect(end.code).toBe(0);
    expect(end.stdout).toMatch(/^SETTING +VALUE +FROM$/m);
    expect(end.stdout).toMatch(/^EXPORT_DIR +\S+exports +default$/m);
    expect(end.stderr).toContain('warning: MAX_PARALEL_MEDIA in the environment is not a setting.');
  });

  it('prints the example for .env', async () => {
    expect((await run('config --example')).stdout).toBe(renderEnvExample());
  });

  it('puts no colours where there is no terminal', async () => {
    expect((await run('config', { FORCE_COLOR: '1' })).stdout).not.toContain('\u001B');
  });
});

// As in a container whose user has no entry in the list of users.
describe.skipIf(process.platform === 'win32')('a user without a home directory', () => {
  it.each(['chats', 'config', 'login'])('is told by %s what to set, with exit code 2', async (command) => {
    const env = { HOME: '', TELEGRAM_API_ID: '1', TELEGRAM_API_HASH: '0'.repeat(32) };
    const end = await run(command, env);
    expect(end.code).toBe(2);
    expect(end.stderr).toContain('Set HOME or TELEGRAM_SESSION_FILE, or give the login as TELEGRAM_SESSION.');
  });

  it.each([{ TELEGRAM_SESSION: '1abc' }, { TELEGRAM_SESSION_FILE: 'x.session' }])('works with %o', async (env) => {
    await expect(run('config', { HOME: '', ...env })).resolves.toMatchObject({ code: 0, stderr: '' });
  });

  it('needs none for what has nothing to do with Telegram', async () => {
    const end = await run('render', { HOME: '' });
    expect(end).toMatchObject({ code: 2 });
    expect(end.stderr).toContain('There is no archive in');
  });

  it.skipIf(!isRootOfLinux)('may have no entry in the list of users either', async () => {
    chmodSync(cwd, 0o755);
    const end = await runChatferry(['config'], { cwd, env: { HOME: '' }, shell: { first: 'unset HOME', user: 54321 } });
    expect(end.code).toBe(2);
    expect(end.stderr).toContain('Set HOME or TELEGRAM_SESSION_FILE');
  });
});

it('a missing api id names the files that were looked for', async () => {
  const end = await run('chats', { HOME: cwd });
  expect(end.code).toBe(2);
  expect(end.stderr).toContain('TELEGRAM_API_ID and TELEGRAM_API_HASH must be set.');
  expect(end.stderr).toContain(`${join(cwd, '.env')} (not there)`);
  if (process.platform === 'linux') expect(end.stderr).toContain(`${join(cwd, '.config/chatferry/.env')} (not there)`);
});
