import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { runChatferry, startChatferry } from '../run-chatferry.js';
import { clientEnvironment } from '../client-environment.js';

const CHAT = '@synthetic_chat';
const MESSAGE_COUNT = 150;

let cwd: string;
let env: Readonly<Record<string, string>>;
let code: string;
let stop: () => Promise<void>;

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'chatferry-commands-'));
  const world = ['--world', 'lively', '--messages', String(MESSAGE_COUNT), '--latency-ms', '40'];
  const child = startChatferry(['simulate', ...world, '--json', '--exit-with-stdin'], { cwd });
  const end = once(child, 'close');
  stop = async () => {
    child.stdin.end();
    await end;
  };
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  const line = await Promise.race([firstLine(child.stdout), end.then(() => undefined)]);
  if (line === undefined) throw new Error(`the simulator did not start: ${complaints}`);
  const announced = JSON.parse(line) as {
    readonly dcs: readonly { readonly id: number; readonly host: string; readonly port: number }[];
    readonly publicKeyFile: string;
    readonly phone: string;
    readonly code: string;
  };
  code = announced.code;
  env = {
    ...clientEnvironment(announced, announced.publicKeyFile),
    TELEGRAM_SESSION_FILE: join(cwd, 'session', 'telegram.session'),
    TELEGRAM_PHONE: announced.phone,
  };
});

afterAll(async () => {
  await stop();
  rmSync(cwd, { recursive: true, force: true });
});

async function firstLine(stream: Readable): Promise<string> {
  const [line] = (await once(createInterface({ input: stream }), 'line')) as [string];
  return line;
}

/** The documents on stdout. */
function documents(stdout: string): readonly Readonly<Record<string, unknown>>[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
}

// In this order: each stands on what the one before has left.
describe('against a Telegram on this machine', () => {
  it('a command without a login ends with 3 and names the remedy', async () => {
    const end = await runChatferry(['chats'], { cwd, env });
    expect(end).toMatchObject({ code: 3, stdout: '' });
    expect(end.stderr).toContain('chatferry login');
  });

  it('a login whose code is missing or wrong ends with 3 where nobody can be asked', async () => {
    const missing = await runChatferry(['login'], { cwd, env });
    expect(missing.code).toBe(3);
    expect(missing.stderr).toContain('--code');
    const wrong = await runChatferry(['login', '--code', '00000'], { cwd, env });
    expect(wrong.code).toBe(3);
    expect(wrong.stderr).toContain('not the code');
  });

  it('login leaves a session, and what it holds is never printed', async () => {
    const end = await runChatferry(['login', '--code', code, '--json'], { cwd, env });
    expect(end.code).toBe(0);
    expect(documents(end.stdout)).toMatchObject([{ type: 'account', isBot: false }]);
    const session = readFileSync(join(cwd, 'session', 'telegram.session'), 'utf8').trim();
    expect(session.length).toBeGreaterThan(100);
    expect(end.stdout + end.stderr).not.toContain(session);
  });

  it('a second login is refused with 2, and done with --replace', async () => {
    const sessionFile = join(cwd, 'session', 'telegram.session');
    const before = readFileSync(sessionFile, 'utf8');
    const refused = await runChatferry(['login', '--code', code], { cwd, env });
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(/You are logged in as .+--replace/);
    expect(readFileSync(sessionFile, 'utf8')).toBe(before);
    const replaced = await runChatferry(['login', '--code', code, '--replace'], { cwd, env });
    expect(replaced.code).toBe(0);
    expect(readFileSync(sessionFile, 'utf8')).not.toBe(before);
  });

  it('chats lists them, as a table or as lines of JSON', async () => {
    expect((await runChatferry(['chats'], { cwd, env })).stdout).toMatch(
      /^CHAT +KIND +LAST +TITLE\n@synthetic_chat +supergroup +\d{4}-\d\d-\d\d/,
    );
    const end = await runChatferry(['chats', '--json'], { cwd, env });
    expect(end).toMatchObject({ code: 0, stderr: '' });
    expect(documents(end.stdout)).toMatchObject([{ type: 'chat', username: 'synthetic_chat' }]);
  });

  it('an unknown chat is refused with 2 and the near name', async () => {
    const end = await runChatferry(['export', '@synthetic_chta'], { cwd, env });
    expect(end).toMatchObject({ code: 2, stdout: '' });
    expect(end.stderr).toContain('@synthetic_chta');
    expect(end.stderr).toContain('@synthetic_chat');
  });

  it.skipIf(process.platform === 'win32')('an interrupted export ends with 6 within 2 seconds', async () => {
    const child = startChatferry(['export', CHAT, '--json', '--max-parallel', '2'], { cwd, env });
    const end = once(child, 'close') as Promise<[number | null]>;
    let interruptedAtMs = NaN;
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      const { type, mediaDone } = JSON.parse(line) as { readonly type: string; readonly mediaDone?: number };
      if (type !== 'progress' || (mediaDone ?? 0) === 0 || !Number.isNaN(interruptedAtMs)) continue;
      interruptedAtMs = performance.now();
      child.kill('SIGINT');
    }
    expect((await end)[0]).toBe(6);
    expect(performance.now() - interruptedAtMs).toBeLessThan(2500); // The promise, and what a busy machine adds.
    const said = documents(lines.join('\n'));
    expect(said.at(-1)).toMatchObject({
      type: 'error',
      code: 'INTERRUPTED',
      exitCode: 6,
      goOnWith: `chatferry export ${CHAT} --json --max-parallel 2`,
    });
    const notes = said.filter(({ type }) => type === 'note').map(({ text }) => text);
    expect(notes).toContainEqual(
      expect.stringMatching(/stopped after \d+ of 150 messages, \d+ media \(.+\) in this run/),
    );
    const stopped = Number(/after (\d+)/.exec(notes.join())?.[1]);
    const rendered = said.find(({ type }) => type === 'rendered')?.['path'] as string;
    const { messages } = JSON.parse(readFileSync(rendered, 'utf8')) as { readonly messages: readonly unknown[] };
    expect(messages).toHaveLength(stopped);
  });

  it('the same command goes on to the end, and its last line is the summary', async () => {
    const end = await runChatferry(['export', CHAT, '--json'], { cwd, env });
    expect(end).toMatchObject({ code: 0, stderr: '' });
    const summary = documents(end.stdout).at(-1);
    expect(summary).toMatchObject({ type: 'summary', exitCode: 0, refused: [] });
    expect(summary?.['chats']).toMatchObject([{ messageCount: MESSAGE_COUNT, missing: [] }]);
  });

  it('render makes result.json again without Telegram', async () => {
    const end = await runChatferry(['render', CHAT, '--json'], { cwd });
    expect(end).toMatchObject({ code: 0, stderr: '' });
    const [path] = documents(end.stdout).find(({ type }) => type === 'render')?.['paths'] as string[];
    const result = JSON.parse(readFileSync(path ?? '', 'utf8')) as { readonly messages: readonly unknown[] };
    expect(result.messages).toHaveLength(MESSAGE_COUNT);
  });

  it('logout takes the session away', async () => {
    expect(await runChatferry(['logout'], { cwd, env })).toMatchObject({ code: 0, stdout: 'Logged out.\n' });
    expect(existsSync(join(cwd, 'session', 'telegram.session'))).toBe(false);
  });
});
