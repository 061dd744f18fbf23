import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import xterm from '@xterm/headless';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Simulator, startSimulator } from '../../src/simulator/server/server.js';
import { WorldBuilder } from '../../src/simulator/world/world-builder.js';
import { memoryFile } from '../../src/simulator/world/world-file.js';
import { type ProgramEnd, runChatferry } from './run-chatferry.js';

const isWindows = process.platform === 'win32';

/** Sets the title, writes to the clipboard, asks the terminal a question, colours, clears, goes elsewhere; each twice: by ESC and by C1. */
const SEQUENCES = [
  '\u001b]0;PWNED\u0007',
  '\u009d0;PWNED\u009c',
  '\u001b]52;c;UFdORUQ=\u0007',
  '\u009d52;c;UFdORUQ=\u009c',
  '\u001b[6n\u009b6n',
  '\u001b[41m\u009b41m',
  '\u001b[2J\u009b2J',
  '\u001b[1;1HPWNED\u009b1;1HPWNED',
  '\u001bPq#0;2;0;0;0\u001b\\',
  '\u0007\b\b\u007f',
  '\u202epassword\u2066\u200f\u200b\u2028\u2029\ufeff',
];
const HOSTILE = `Docks${SEQUENCES.join('')}\r\nfake: done\nfake: again`;
/** Of files: no name has a zero or a slash in it. */
const HOSTILE_NAME = `a${SEQUENCES.join('')}\nfake: done.txt`.replaceAll('/', '-').slice(0, 100);

interface Seen {
  /** Lines of the screen and of what has scrolled off it. */
  readonly lines: readonly string[];
  /** What it did beside showing text. */
  readonly acts: readonly string[];
}

/** Has a terminal show a text. */
async function show(text: string): Promise<Seen> {
  const terminal = new xterm.Terminal({
    cols: 2000,
    rows: 40,
    scrollback: 5000,
    allowProposedApi: true,
    convertEol: true,
  });
  const acts: string[] = [];
  terminal.onTitleChange((title) => acts.push(`title ${title}`));
  terminal.onBell(() => acts.push('bell'));
  terminal.onData((answer) => acts.push(`answer ${JSON.stringify(answer)}`));
  for (const id of [0, 1, 2, 4, 7, 8, 9, 10, 11, 12, 52, 104, 777, 1337]) {
    terminal.parser.registerOscHandler(id, (data) => {
      acts.push(`osc ${id} ${data}`);
      return false;
    });
  }
  terminal.parser.registerDcsHandler({ final: 'q' }, () => {
    acts.push('dcs');
    return false;
  });
  await new Promise<void>((resolve) => {
    terminal.write(text, resolve);
  });
  const { active } = terminal.buffer;
  const lines: string[] = [];
  for (let y = 0; y < active.length; y += 1) {
    const line = active.getLine(y);
    const text = line?.translateToString(true) ?? '';
    if (line?.isWrapped === true) lines.push(`${lines.pop() ?? ''}${text}`);
    else lines.push(text);
    for (let x = 0; x < 2000; x += 1) {
      const cell = line?.getCell(x);
      if (cell !== undefined && (!cell.isBgDefault() || cell.isInverse() !== 0 || cell.isBlink() !== 0))
        acts.push('colour');
    }
  }
  terminal.dispose();
  return { lines: lines.slice(0, lines.findLastIndex((line) => line !== '') + 1), acts: [...new Set(acts)] };
}

let simulator: Simulator;
let directory: string;
let env: Record<string, string>;

beforeAll(async () => {
  const world = new WorldBuilder({ seed: 7, homeDcId: 2 });
  world.addAccount({ userId: 1n, phone: '9996627001', code: '22222' });
  world.addUser(1n, { self: true, first_name: HOSTILE, last_name: HOSTILE, phone: '9996627001' });
  world.addUser(2n, { first_name: HOSTILE, last_name: HOSTILE });
  const chat = world.addChannel(8001n, HOSTILE, { megagroup: true, username: 'docks' });
  const from = { _: 'peerUser', user_id: 2n } as const;
  for (let index = 0; index < 4; index += 1) {
    const attributes = [
      { _: 'documentAttributeFilename', file_name: HOSTILE_NAME },
      { _: 'documentAttributeAudio', title: HOSTILE, performer: HOSTILE, duration: 1 },
    ];
    const document = world.addDocument({
      file: memoryFile(Buffer.from(`file ${index}`)),
      mimeType: 'text/plain',
      attributes,
    });
    world.post(chat, { message: HOSTILE, from_id: from, media: { _: 'messageMediaDocument', document } });
  }
  world.post(chat, { message: HOSTILE, from_id: from });
  let failedCount = 0;
  const fault = ({
    method,
  }: {
    readonly method: string;
  }): { readonly error: string; readonly code: number } | undefined =>
    method === 'upload.getFile' && (failedCount += 1) > 2 ? { error: HOSTILE, code: 400 } : undefined;
  simulator = await startSimulator({ world, network: { fault } });
  directory = mkdtempSync(join(tmpdir(), 'chatferry-screen-'));
  const key = join(directory, 'key.pem');
  writeFileSync(key, simulator.publicKeyPem);
  env = {
    TELEGRAM_API_ID: '1',
    TELEGRAM_API_HASH: '0123456789abcdef0123456789abcdef',
    TELEGRAM_SESSION: simulator.sessionFor(1n),
    TELEGRAM_DC_ADDRESSES: simulator.dcs.map(({ id, host, port }) => `${id}=${host}:${port}`).join(','),
    TELEGRAM_PUBLIC_KEY_FILE: key,
    EXPORT_DIR: join(directory, 'exports'),
  };
});

afterAll(async () => {
  await simulator.close();
  await rm(directory, { recursive: true, force: true });
});

const run = (args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<ProgramEnd> =>
  runChatferry(args, { cwd: directory, env: { ...env, ...more } });

/** The same characters, in the same lines, and nothing done beside. */
async function expectToActNowhere(printed: string): Promise<void> {
  expect(printed).not.toMatch(/(?![\n\t])\p{Cc}|[\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/u);
  const { lines, acts } = await show(printed);
  expect(acts).toEqual([]);
  const written = printed
    .trimEnd()
    .split('\n')
    .map((line) => line.trimEnd());
  expect(lines.join('\n')).toBe(written.join('\n'));
  expect(lines.filter((line) => line.startsWith('fake:'))).toEqual([]);
}

describe('a terminal', () => {
  it('would act on what the strangers of this test have written', async () => {
    const { acts, lines } = await show(HOSTILE);
    expect(acts).toEqual(expect.arrayContaining(['title PWNED', 'bell', 'colour', 'dcs']));
    expect(acts.some((act) => act.startsWith('osc 52'))).toBe(true);
    expect(acts.some((act) => act.startsWith('answer'))).toBe(true);
    expect(lines.join('\n')).toContain('PWN');
  });
});

describe('what is printed', () => {
  it.each<readonly [string, ...string[]]>([
    ['chats'],
    ['chats', '--json'],
    ['export', '@docks', '--verbose'],
    ['export', '--all', '--json'],
    ['export', HOSTILE],
    ['export', HOSTILE, '--json'],
    ['render'],
    ['render', '--json'],
    ['verify'],
    ['verify', '--json'],
    ['config'],
    ['config', '--json'],
    ['doctor'],
    ['login', '--code', HOSTILE],
    [HOSTILE],
    [`--${HOSTILE}`],
    ['export', '--mode', HOSTILE],
    ['export', `--max-parallel=${HOSTILE}`],
    ['help', HOSTILE],
  ])(
    'acts on no screen: %j',
    async (...args) => {
      const { stdout, stderr } = await run(args);
      expect(stdout + stderr).not.toBe('');
      await expectToActNowhere(stdout);
      await expectToActNowhere(stderr);
      if (!args.includes('--json')) return;
      for (const line of stdout.trim().split('\n')) expect(() => JSON.parse(line) as unknown).not.toThrow();
    },
    60_000,
  );

  it.skipIf(isWindows)(
    'acts on no screen where files and settings have such names',
    async () => {
      const folder = join(directory, `folder ${HOSTILE_NAME}`);
      mkdirSync(folder);
      writeFileSync(join(folder, HOSTILE_NAME), 'text');
      writeFileSync(join(folder, `broken${HOSTILE_NAME}.jpg`), Buffer.from('ffd8ffe000104a46', 'hex'));
      const [archive = ''] = readdirSync(join(directory, 'exports')).filter((name) => name.includes('8001'));
      writeFileSync(join(directory, 'exports', archive, 'media', HOSTILE_NAME), 'stray');
      writeFileSync(join(directory, '.env'), `# a preset of strangers\nTIME_ZONE="${HOSTILE.replaceAll('"', '')}"\n`);
      for (const args of [
        ['process', folder, '--out', 'made'],
        ['process', folder, '--json'],
        ['verify'],
        ['config'],
        ['chats'],
      ]) {
        const { stdout, stderr } = await run(args, args[0] === 'verify' ? { TIME_ZONE: 'UTC' } : {});
        await expectToActNowhere(stdout);
        await expectToActNowhere(stderr);
      }
      await rm(join(directory, '.env'));
      const { stderr } = await run(['export', '@docks'], { EXPORT_DIR: join(folder, 'exports') });
      await expectToActNowhere(stderr);
    },
    60_000,
  );

  it('means the same in documents that are written, in which nothing acts either', () => {
    const folder = join(
      directory,
      'exports',
      readdirSync(join(directory, 'exports')).find((name) => name.includes('8001')) ?? '',
    );
    for (const name of ['result.json', 'report.json']) {
      const text = readFileSync(join(folder, name), 'utf8');
      expect(text).not.toMatch(/(?![\n])\p{Cc}|[\u2028\u2029\u202a-\u202e\u2066-\u2069\u200b\ufeff]/u);
      expect(JSON.stringify(JSON.parse(text))).toContain(JSON.stringify(HOSTILE).slice(1, -1));
    }
  });

  it.skipIf(process.platform !== 'linux')(
    'moves the cursor for its own bars alone, and colours its own words',
    async () => {
      const loader = createRequire(import.meta.url).resolve('tsx');
      const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
      const command = `"${process.execPath}" --import "${loader}" "${main}" export --all`;
      const child = spawn('script', ['-qec', command, '/dev/null'], {
        cwd: directory,
        env: {
          PATH: process.env['PATH'],
          HOME: directory,
          TERM: 'xterm-256color',
          ...env,
          EXPORT_DIR: join(directory, 'live'),
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let printed = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
      await once(child, 'close');
      expect(printed).toContain('\u001b['); // There was a terminal.
      // DECAWM, DECTCEM, ED, EL, cursor up and to a column, and the colours of our own words.
      // eslint-disable-next-line no-control-regex -- they are the point
      const rest = printed.replaceAll(/\u001b\[(?:\?(?:7|25)[hl]|[0-2]?[JK]|\d*[AG]|(?:1|22|31|32|33|39)m)/g, '');
      expect(rest).not.toMatch(/(?![\r\n\t])\p{Cc}|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
      const { acts, lines } = await show(printed);
      expect(acts).toEqual([]);
      expect(lines.filter((line) => line.startsWith('fake:'))).toEqual([]);
      expect(lines.some((line) => line.includes('Docks'))).toBe(true);
    },
    60_000,
  );
});
