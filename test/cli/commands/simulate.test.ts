import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { parse } from 'dotenv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { runChatferry, startChatferry } from '../run-chatferry.js';

let cwd: string;

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'chatferry-simulate-'));
});

afterAll(() => {
  rmSync(cwd, { recursive: true, force: true });
});

interface Announcement {
  readonly dcs: readonly { readonly id: number; readonly host: string; readonly port: number }[];
  readonly publicKeyFile: string;
  readonly phone: string;
  readonly code: string;
}

const SERVE = ['simulate', '--world', 'text', '--messages', '50', '--json', '--exit-with-stdin'];

/** Serves until `stop` has made it end, and says what came out of it. */
async function serve(
  stop: (child: ReturnType<typeof startChatferry>, announcement: Announcement) => Promise<void> | void,
): Promise<{ readonly lines: readonly string[]; readonly code: number | null }> {
  // A secret of the settings is masked everywhere, but what the simulator announces must be whole.
  const child = startChatferry(SERVE, { cwd, env: { TELEGRAM_PASSWORD: '127.0.0.1' } });
  const end = once(child, 'close');
  const lines: string[] = [];
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (lines.length === 1) await stop(child, JSON.parse(line) as Announcement);
  }
  const [code] = (await end) as [number | null];
  expect(complaints.replace(/^SIG.*$/m, '').trim()).toBe('');
  return { lines, code };
}

describe('chatferry simulate --json', () => {
  it('prints exactly one line, serves, and ends with 0 when standard input closes', async () => {
    const { lines, code } = await serve((child, { dcs, publicKeyFile, phone, code: loginCode }) => {
      expect(dcs.map(({ id }) => id)).toEqual([2, 4]);
      for (const { host, port } of dcs) expect([host, port > 0]).toEqual(['127.0.0.1', true]);
      expect(existsSync(publicKeyFile)).toBe(true);
      expect(phone).toMatch(/^\+?\d+$/);
      expect(loginCode).toMatch(/^\d+$/);
      child.stdin.end();
    });
    expect(lines).toHaveLength(1);
    expect(code).toBe(0);
  });

  it.skipIf(process.platform === 'win32').each(['SIGINT', 'SIGTERM'] as const)('ends with 0 at %s', async (name) => {
    let keyFile = '';
    const { code } = await serve((child, { publicKeyFile }) => {
      keyFile = publicKeyFile;
      child.kill(name);
    });
    expect(code).toBe(0);
    expect(existsSync(keyFile)).toBe(false);
  });
});

describe('chatferry simulate for people', () => {
  it('prints lines for .env that the other commands need, with a session file of its own', async () => {
    const child = startChatferry(['simulate', '--world', 'text', '--messages', '5', '--exit-with-stdin'], { cwd });
    const end = once(child, 'close');
    const lines: string[] = [];
    let session = '';
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      if (!line.startsWith('# login code: ')) continue;
      writeFileSync(join(cwd, '.env'), lines.join('\n'));
      const code = /^# login code: (\d+)$/.exec(line)?.[1] ?? '';
      // A person is asked whether that server may have the login; a script gives the lines as its environment.
      const env = parse(lines.join('\n'));
      expect(await runChatferry(['login', '--code', code], { cwd, env })).toMatchObject({ code: 0 });
      expect(await runChatferry(['trust', '--yes'], { cwd })).toMatchObject({ code: 0 });
      expect((await runChatferry(['chats'], { cwd })).stdout).toContain('@synthetic_chat');
      session = lines.find((candidate) => candidate.startsWith('TELEGRAM_SESSION_FILE='))?.split('=')[1] ?? '';
      expect(existsSync(session)).toBe(true);
      child.stdin.end();
    }
    await end;
    expect(existsSync(session)).toBe(false);
  });
});
