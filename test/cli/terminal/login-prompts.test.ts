import { PassThrough } from 'node:stream';

import { describe, expect, it } from 'vitest';

import { TerminalPrompts, type TerminalPromptsOptions } from '../../../src/cli/terminal/login-prompts.js';
import { CapturedStream } from './captured-stream.js';

function prompts(options: Partial<TerminalPromptsOptions> = {}): TerminalPrompts {
  return new TerminalPrompts({
    input: new PassThrough(),
    output: new CapturedStream(),
    interactive: false,
    prepared: {},
    onSecret: () => undefined,
    signal: new AbortController().signal,
    ...options,
  });
}

describe('without a terminal', () => {
  it.each([
    ['phone', (asked: TerminalPrompts) => asked.phone(undefined), 'TELEGRAM_PHONE or --phone'],
    ['code', (asked: TerminalPrompts) => asked.code('', undefined), '--code'],
    ['password', (asked: TerminalPrompts) => asked.password('', undefined), 'TELEGRAM_PASSWORD'],
  ] as const)('a missing %s is an error that names what would have answered', async (_question, ask, remedy) => {
    const asked = ask(prompts());
    await expect(asked).rejects.toMatchObject({ code: 'LOGIN_REQUIRED' });
    await expect(asked).rejects.toThrow(remedy);
  });

  it('a prepared answer is given once, and an error with the problem when it was wrong', async () => {
    const prepared = prompts({ prepared: { code: '12345' } });
    await expect(prepared.code('', undefined)).resolves.toBe('12345');
    await expect(prepared.code('', 'That is not the code.')).rejects.toThrow(/That is not the code\..*--code/);
  });
});

describe('on a terminal', () => {
  it('takes what is typed, masks a password on the screen and remembers it as a secret', async () => {
    const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
    const output = new CapturedStream(true);
    const secrets: string[] = [];
    const asked = prompts({ input, output, interactive: true, onSecret: (secret) => secrets.push(secret) });
    const password = asked.password('the\u001B usual', 'Wrong one.');
    await expect.poll(() => output.text).toContain('Wrong one. Password of two-step verification (the\uFFFD usual)');
    input.write('hunter2 ');
    input.write('\r');
    await expect(password).resolves.toBe('hunter2 ');
    expect(secrets).toEqual(['hunter2 ']);
    expect(output.text).not.toContain('hunter2');
  });

  it('ends with INTERRUPTED when the person presses Ctrl-C', async () => {
    const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
    const output = new CapturedStream(true);
    const code = prompts({ input, output, interactive: true }).code('a text message', undefined);
    const refusal = expect(code).rejects.toMatchObject({ code: 'INTERRUPTED' });
    await expect.poll(() => output.text).toContain('Code that Telegram sent (a text message)');
    input.write('\u0003');
    await refusal;
  });

  it("ends with the signal's reason when the run is aborted", async () => {
    const controller = new AbortController();
    const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
    const output = new CapturedStream(true);
    const phone = prompts({ input, output, interactive: true, signal: controller.signal }).phone(undefined);
    const refusal = expect(phone).rejects.toThrow('over');
    await expect.poll(() => output.text).toContain('Phone number');
    controller.abort(new Error('over'));
    await refusal;
  });
});
