import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { runChatferry, startChatferry } from './run-chatferry.js';

let cwd: string;

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'chatferry-demo-'));
});

afterAll(() => {
  rmSync(cwd, { recursive: true, force: true });
});

describe('chatferry demo', () => {
  it('says what keeps its Telegram from starting', async () => {
    writeFileSync(join(cwd, 'a-file'), 'no ffmpeg');
    const end = await runChatferry(['demo'], { cwd, env: { FFMPEG_PATH: join(cwd, 'a-file') } });
    expect(end.code).toBe(2);
    expect(end.stderr).toMatch(/^error: FFMPEG_PATH is ".*a-file"/m);
  });

  it.skipIf(process.platform === 'win32')('ends in order while its Telegram is still being made', async () => {
    const child = startChatferry(['demo'], { cwd });
    const end = once(child, 'close') as Promise<[number | null]>;
    let said = '';
    for await (const text of child.stderr.setEncoding('utf8') as AsyncIterable<string>) {
      said += text;
      if (text.includes('Starting a Telegram')) child.kill('SIGINT');
    }
    expect(said).toContain('error: Interrupted.'); // One that is ended by force does not come to say so.
    expect((await end)[0]).toBe(6);
  });
});
