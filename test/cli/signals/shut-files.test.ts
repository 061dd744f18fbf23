import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { writeLargeArchive } from '../large-archive.js';
import { isRootOfLinux, runChatferry } from '../run-chatferry.js';

let cwd: string;

beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'chatferry-shut-'));
  await writeLargeArchive(join(cwd, 'archive'), { messageCount: 3, mediaEvery: 1, withFiles: true });
  mkdirSync(join(cwd, 'private'), { mode: 0o700 });
  writeFileSync(join(cwd, 'a.txt'), 'text');
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

interface ShutFile {
  readonly path: string;
  readonly args: readonly string[];
  readonly code: number;
  readonly env?: (path: string) => Readonly<Record<string, string>>;
}

const CHATS = ['chats'];
const sessionFile = (path: string): Readonly<Record<string, string>> => ({
  TELEGRAM_API_ID: '1',
  TELEGRAM_API_HASH: '0'.repeat(32),
  TELEGRAM_SESSION_FILE: path.replace(/\.lock$/, ''),
});

const SHUT_FILES: readonly ShutFile[] = [
  { path: 'archive/archive.db', args: ['render', '--out', 'archive'], code: 1 },
  { path: 'private/telegram.session', args: CHATS, code: 1, env: sessionFile },
  { path: 'private/telegram.session.lock', args: CHATS, code: 1, env: sessionFile },
  { path: 'chatferry.log', args: ['config'], code: 2, env: (path) => ({ LOG_FILE: path }) },
  { path: 'report.json', args: ['process', 'a.txt', '--report', 'report.json'], code: 2 },
  { path: '.env', args: ['config'], code: 2 },
];

describe.skipIf(!isRootOfLinux)('a file that this user may neither read nor write', () => {
  it.each(SHUT_FILES)(
    'at $path ends $args with $code and its name, and stays as it is',
    async ({ path, args, code, env }) => {
      const file = join(cwd, path);
      if (!path.endsWith('.db')) writeFileSync(file, path.endsWith('.lock') ? '' : 'of somebody\n');
      const before = readFileSync(file);
      const names = readdirSync(cwd);
      chmodSync(file, 0);
      const end = await runChatferry(args, { cwd, env: env?.(file) ?? {}, shell: { boundToModes: true } });
      expect(end).toMatchObject({ code, stdout: '' });
      expect(end.stderr).toContain(path);
      expect(lstatSync(file).mode & 0o777).toBe(0);
      expect(readFileSync(file)).toEqual(before);
      expect(readdirSync(cwd)).toEqual(names);
    },
  );

  it('in the place of the lock of an archive leaves it to be verified without writing', async () => {
    chmodSync(join(cwd, 'archive/archive.lock'), 0);
    const options = { cwd, shell: { boundToModes: true } };
    const end = await runChatferry(['verify', '--out', 'archive'], options);
    expect(end).toMatchObject({ code: 0, stdout: expect.stringContaining('Sound: 1 chat, 3 messages') as string });
    expect(end.stderr).toContain('archive.lock: permission denied');
  });
});

describe.skipIf(process.platform === 'win32')('LOG_FILE', () => {
  it('that is the settings of a shell is refused with 2, and they stay as they are', async () => {
    const file = join(cwd, '.bashrc');
    writeFileSync(file, 'alias ll="ls -l"\n');
    for (const end of [
      await runChatferry(['config'], { cwd, env: { LOG_FILE: file } }),
      await runChatferry(['config'], { cwd, env: { LOG_FILE: '~/.bashrc' } }),
    ]) {
      expect(end).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringContaining('it is not changed') as string,
      });
    }
    expect(readFileSync(file, 'utf8')).toBe('alias ll="ls -l"\n');
  });
});
