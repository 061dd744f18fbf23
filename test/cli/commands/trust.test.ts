import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type Simulator, startSimulator } from '../../../src/simulator/server/server.js';
import { createRepostWorld } from '../../../src/simulator/world/repost-world.js';
import { type ProgramEnd, runChatferry } from '../run-chatferry.js';

const POSIX_ONLY = process.platform === 'win32';
const HAS_SCRIPT = existsSync('/usr/bin/script') && process.platform === 'linux';

let root: string;
let cwd: string;
let home: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'chatferry-trust-cli-'));
  cwd = join(root, 'work');
  home = join(root, 'home');
  mkdirSync(cwd);
  mkdirSync(home);
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function run(line: string, env: Readonly<Record<string, string>> = {}): Promise<ProgramEnd> {
  return runChatferry(line.split(' '), { cwd, env: { HOME: home, APPDATA: home, ...env } });
}

function documents(stdout: string): readonly Readonly<Record<string, unknown>>[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
}

describe('chatferry trust', () => {
  it('shows what it is about, masked, and without a terminal wants --yes', async () => {
    writeFileSync(join(cwd, '.env'), 'FFMPEG_PATH=./evil\nTELEGRAM_SESSION=CANARYCANARY\nMAX_PARALLEL_MEDIA=3\n');
    const end = await run('trust');
    expect(end.code).toBe(2);
    expect(end.stdout).toMatch(/FFMPEG_PATH +\.\/evil +\(a program that is run\)/);
    expect(end.stdout).toMatch(/TELEGRAM_SESSION +\*\*\*/);
    expect(end.stdout).not.toContain('MAX_PARALLEL_MEDIA');
    expect(end.stderr).toContain('then give --yes');
    expect(end.stdout + end.stderr).not.toContain('CANARY');
  });

  it('is asked for by one warning, shown by config and doctor, given, listed, and taken back', async () => {
    writeFileSync(join(cwd, '.env'), 'LOG_FILE=~/chat.log\nTELEGRAM_BOT_TOKEN=12345:CANARY\n');
    const before = await run('config --json');
    expect(before.stderr.match(/warning:/g)).toHaveLength(1);
    expect(before.stderr).toMatch(/TELEGRAM_BOT_TOKEN and LOG_FILE in \.env are ignored: .*`chatferry trust`/);
    const [settings] = documents(before.stdout) as unknown as readonly {
      readonly settings: readonly { readonly name: string }[];
      readonly files: readonly object[];
    }[];
    expect(settings?.settings.find(({ name }) => name === 'LOG_FILE')).toMatchObject({
      value: null,
      origin: 'default',
      ignored: [{ value: '~/chat.log', file: join(cwd, '.env'), trust: 'not trusted' }],
    });
    expect(settings?.files[0]).toMatchObject({ state: 'read', trust: 'not trusted' });
    const text = await run('config');
    expect(text.stdout).toContain(`LOG_FILE=~/chat.log  in ${join(cwd, '.env')} (not trusted)`);
    expect(before.stdout + before.stderr + text.stdout + text.stderr).not.toContain('CANARY');

    const given = await run('trust --yes --json');
    expect(given).toMatchObject({ code: 0, stderr: '' });
    expect(documents(given.stdout)).toMatchObject([
      { type: 'trust', files: [{ trusted: true, settings: [{ name: 'TELEGRAM_BOT_TOKEN', value: '***' }, {}] }] },
    ]);
    const list = join(home, '.config/chatferry/trusted.json');
    if (process.platform === 'linux') expect(statSync(list).mode & 0o777).toBe(0o600);
    expect(documents((await run('trust --list --json')).stdout)).toMatchObject([
      { type: 'trusted', files: [{ path: join(cwd, '.env') }] },
    ]);
    const trusted = await run('config');
    expect(trusted.stderr).toBe('');
    expect(trusted.stdout).toMatch(/LOG_FILE +.*chat\.log/);

    // Another program's file is no log, and does not keep anybody from taking the trust back.
    writeFileSync(join(home, 'chat.log'), '# mine\n');
    expect(await run('trust --remove')).toMatchObject({ code: 0, stderr: '' });
    expect((await run('config')).stderr).toContain('ignored');
  });

  it('says where there is nothing to trust', async () => {
    writeFileSync(join(cwd, '.env'), 'TELEGRAM_API_ID=5\n');
    expect(await run('trust')).toMatchObject({ code: 0, stdout: 'Nothing here needs your trust.\n', stderr: '' });
    expect(existsSync(join(home, '.config'))).toBe(false);
  });

  it('is part of what doctor looks at', async () => {
    writeFileSync(join(cwd, '.env'), 'FFMPEG_PATH=./evil\n');
    const { stdout } = await run('doctor --json');
    expect(documents(stdout).find(({ name }) => name === 'settings')).toMatchObject({
      ok: 'warning',
      detail: expect.stringContaining('FFMPEG_PATH in .env is ignored') as string,
    });
  });
});

describe.skipIf(POSIX_ONLY)('a program of a folder from elsewhere', () => {
  it('does not run until the folder is trusted', async () => {
    const ran = join(root, 'ran');
    writeFileSync(join(cwd, 'evil'), `#!/bin/sh\necho ran >> '${ran}'\nexit 1\n`, { mode: 0o755 });
    writeFileSync(join(cwd, 'film.mp4'), 'no film');
    mkdirSync(join(cwd, 'config'));
    for (const file of ['.env', 'config/gentle.env']) {
      writeFileSync(join(cwd, file), 'FFMPEG_PATH=./evil\nFFPROBE_PATH=./evil\n');
    }
    for (const line of [
      'doctor',
      'process --preset gentle film.mp4',
      'process --preset ./config/gentle.env film.mp4',
    ]) {
      await run(line);
      expect(existsSync(ran)).toBe(false);
    }
    await run('trust --yes');
    await run('doctor');
    expect(readFileSync(ran, 'utf8')).toContain('ran');
  });
});

/** What a login sends, as the simulator sees it. */
async function withSimulator(
  work: (server: { readonly simulator: Simulator; readonly lines: string }) => Promise<void>,
): Promise<void> {
  await using simulator = await startSimulator({ world: createRepostWorld({ fileCount: 1 }) });
  const key = join(root, 'key.pem');
  writeFileSync(key, simulator.publicKeyPem);
  const addresses = simulator.dcs.map(({ id, host, port }) => `${id}=${host}:${port}`).join(',');
  await work({ simulator, lines: `TELEGRAM_DC_ADDRESSES=${addresses}\nTELEGRAM_PUBLIC_KEY_FILE=${key}\n` });
}

const API = `TELEGRAM_API_ID=1\nTELEGRAM_API_HASH=${'0'.repeat(32)}\n`;
const LOGIN = 'login --phone +99966771001 --code 12345';

function variables(lines: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    lines
      .trim()
      .split('\n')
      .map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]),
  );
}

describe('login to a server that is not Telegram', () => {
  it('is refused without a terminal when a file of the folder names the server, even if it is trusted', async () => {
    await withSimulator(async ({ simulator, lines }) => {
      writeFileSync(join(cwd, '.env'), API + lines);
      await run('trust --yes');
      const end = await run(LOGIN);
      expect(end.code).toBe(2);
      expect(end.stderr).toMatch(
        /not Telegram's own: TELEGRAM_DC_ADDRESSES=\S+ in \.env, TELEGRAM_PUBLIC_KEY_FILE=\S+ in \.env/,
      );
      expect([...simulator.calls.keys()]).toEqual([]);
    });
  });

  it.each(['environment', 'own file'])('says so in a line and goes on when the %s names it', async (origin) => {
    await withSimulator(async ({ simulator, lines }) => {
      const own = join(home, '.config/chatferry');
      mkdirSync(own, { recursive: true, mode: 0o700 });
      if (origin === 'own file') writeFileSync(join(own, '.env'), lines, { mode: 0o600 });
      const end = await run(LOGIN, { ...variables(API), ...(origin === 'own file' ? {} : variables(lines)) });
      expect(end.stderr).toContain("The server is not Telegram's own: TELEGRAM_DC_ADDRESSES=");
      expect(end.stderr).toContain(origin === 'own file' ? `in ${join(own, '.env')}` : 'in the environment');
      expect([...simulator.calls.keys()]).toContain('auth.sendCode');
    });
  });

  it.skipIf(!HAS_SCRIPT).each([
    ['\r', false],
    ['y', true],
  ])('is asked about on a terminal before anything is sent (answer %j)', async (answer, goesOn) => {
    await withSimulator(async ({ simulator, lines }) => {
      writeFileSync(join(cwd, '.env'), API + lines);
      await run('trust --yes');
      const { code, shown } = await onTerminal(LOGIN, 'May that server have your login?', answer, () => {
        expect([...simulator.calls.keys()]).toEqual([]);
      });
      expect(shown).toContain("not Telegram's own");
      expect(simulator.calls.has('auth.sendCode')).toBe(goesOn);
      if (!goesOn) expect(code).toBe(6);
    });
  });
});

/** Runs the program on a terminal of its own, and types `answer` when the question is there. */
async function onTerminal(
  line: string,
  question: string,
  answer: string,
  onQuestion: () => void,
): Promise<{ readonly code: number | null; readonly shown: string }> {
  const main = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  // Without a width, the question would have a letter a line.
  const command = `stty cols 120 rows 40; exec '${process.execPath}' --import '${loader}' '${main}' ${line}`;
  const child = spawn('/usr/bin/script', ['-qec', command, '/dev/null'], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: home, TERM: 'xterm' },
  });
  let shown = '';
  let isAsked = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    if (isAsked || !shown.includes(question)) return;
    isAsked = true;
    onQuestion();
    child.stdin.write(answer);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, shown };
}
