import { PassThrough } from 'node:stream';

import { describe, expect, it } from 'vitest';

import { TerminalPrompts, type TerminalPromptsOptions } from '../../../src/cli/terminal/login-prompts.js';
import type { LoginQuestion } from '../../../src/source/telegram/login/login-prompts.js';
import { CapturedStream } from './captured-stream.js';

function prompts(options: Partial<TerminalPromptsOptions> = {}): TerminalPrompts {
  return new TerminalPrompts({
    input: new PassThrough(),
    output: new CapturedStream(),
    interactive: false,
    prepared: {},
    replacesLogin: false,
    onSecret: () => undefined,
    signal: new AbortController().signal,
    ...options,
  });
}

/** How a login asks: with nothing to check but what the test says. */
function question(problem?: string, check: (answer: string) => string | undefined = () => undefined): LoginQuestion {
  const { signal } = new AbortController();
  return problem === undefined ? { check, signal } : { problem, check, signal };
}

function terminalInput(): PassThrough {
  return Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
}

const ADA = { id: '7001', name: 'Ada\u001B Ferry', username: 'ada', isBot: false };

describe('without a terminal', () => {
  it.each([
    ['phone', (asked: TerminalPrompts) => asked.phone(question()), 'TELEGRAM_PHONE or --phone'],
    ['code', (asked: TerminalPrompts) => asked.code('', question()), '--code'],
    ['password', (asked: TerminalPrompts) => asked.password('', question()), 'TELEGRAM_PASSWORD'],
  ] as const)('a missing %s is an error that names what would have answered', async (_question, ask, remedy) => {
    const asked = ask(prompts());
    await expect(asked).rejects.toMatchObject({ code: 'LOGIN_REQUIRED' });
    await expect(asked).rejects.toThrow(remedy);
  });

  it('a prepared answer is given once, and an error with the problem when it was wrong', async () => {
    const prepared = prompts({ prepared: { code: '12345' } });
    await expect(prepared.code('', question())).resolves.toBe('12345');
    await expect(prepared.code('', question('That is not the code.'))).rejects.toThrow(
      /That is not the code\..*--code/,
    );
  });
});

describe('without a terminal, a login that is there already', () => {
  it('is kept, with an error that names its account and the remedy', async () => {
    const asked = prompts().replaces(ADA);
    await expect(asked).rejects.toMatchObject({ code: 'USAGE' });
    await expect(asked).rejects.toThrow(/Ada\uFFFD Ferry \(@ada\).*--replace/);
  });

  it('is replaced when that was asked for', async () => {
    await expect(prompts({ replacesLogin: true }).replaces(ADA)).resolves.toBe(true);
  });

  it('does not have another code sent, since nobody could read it', async () => {
    await expect(prompts().anotherCode('That code has expired.')).resolves.toBe(false);
  });

  it('says nothing of what it waits for', () => {
    const output = new CapturedStream();
    prompts({ output }).waiting('Connecting …');
    expect(output.text).toBe('');
  });
});

describe('on a terminal', () => {
  it('asks before a login is replaced, and keeps it by default', async () => {
    const input = terminalInput();
    const output = new CapturedStream(true);
    const answer = prompts({ input, output, interactive: true }).replaces(ADA);
    await expect.poll(() => output.text).toContain('You are logged in as Ada\uFFFD Ferry (@ada). Replace that login?');
    input.write('\r');
    await expect(answer).resolves.toBe(false);
  });

  it('refuses what cannot be right before it is sent, and takes the next answer', async () => {
    const input = terminalInput();
    const output = new CapturedStream(true);
    const check = (answer: string): string | undefined => (answer === '1' ? 'Too short.' : undefined);
    const code = prompts({ input, output, interactive: true }).code('a text message', question(undefined, check));
    await expect.poll(() => output.text).toContain('Code that Telegram sent');
    input.write('1');
    input.write('\r');
    await expect.poll(() => output.text).toContain('Too short.');
    input.write('2');
    input.write('\r');
    await expect(code).resolves.toBe('12');
  });

  it('withdraws a question whose answer is of no use any more', async () => {
    const connection = new AbortController();
    const output = new CapturedStream(true);
    const asked = prompts({ input: terminalInput(), output, interactive: true }).phone({
      ...question(),
      signal: connection.signal,
    });
    const refusal = expect(asked).rejects.toThrow('no connection');
    await expect.poll(() => output.text).toContain('Phone number');
    connection.abort(new Error('no connection'));
    await refusal;
  });

  it('says what it waits for', () => {
    const output = new CapturedStream(true);
    prompts({ output, interactive: true }).waiting('Connecting …');
    expect(output.text).toBe('Connecting …\n');
  });

  it('takes what is typed, masks a password on the screen and remembers it as a secret', async () => {
    const input = terminalInput();
    const output = new CapturedStream(true);
    const secrets: string[] = [];
    const asked = prompts({ input, output, interactive: true, onSecret: (secret) => secrets.push(secret) });
    const password = asked.password('the\u001B usual', question('Wrong one.'));
    await expect.poll(() => output.text).toContain('Password of two-step verification (the\uFFFD usual)');
    const problem = output.text.split('\n').find((line) => line.includes('Wrong one.'));
    expect(problem).not.toContain('Password'); // On a line of its own.
    input.write('hunter2 ');
    input.write('\r');
    await expect(password).resolves.toBe('hunter2 ');
    expect(secrets).toEqual(['hunter2 ']);
    expect(output.text).not.toContain('hunter2');
  });

  it('ends with INTERRUPTED when the person presses Ctrl-C', async () => {
    const input = terminalInput();
    const output = new CapturedStream(true);
    const code = prompts({ input, output, interactive: true }).code('a text message', question());
    const refusal = expect(code).rejects.toMatchObject({ code: 'INTERRUPTED' });
    await expect.poll(() => output.text).toContain('Code that Telegram sent (a text message)');
    input.write('\u0003');
    await refusal;
  });

  it("ends with the signal's reason when the run is aborted", async () => {
    const controller = new AbortController();
    const input = terminalInput();
    const output = new CapturedStream(true);
    const phone = prompts({ input, output, interactive: true, signal: controller.signal }).phone(question());
    const refusal = expect(phone).rejects.toThrow('over');
    await expect.poll(() => output.text).toContain('Phone number');
    controller.abort(new Error('over'));
    await refusal;
  });
});
