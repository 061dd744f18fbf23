import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';

import { formatDuration } from '../../../src/cli/terminal/amounts.js';
import { errorText } from '../../../src/cli/terminal/error-text.js';
import { openLog } from '../../../src/cli/terminal/log/log.js';
import { printable, printableLine } from '../../../src/text/printable.js';
import { renderTable } from '../../../src/cli/terminal/table.js';
import { Terminal } from '../../../src/cli/terminal/terminal.js';
import { redactor } from '../../../src/config/redact.js';
import { ChatferryError } from '../../../src/errors/chatferry-error.js';
import { CapturedStream } from './captured-stream.js';

const CANARY = 'canary-secret-1234';

describe('Terminal', () => {
  function terminalWith(json: boolean): { terminal: Terminal; stdout: CapturedStream; stderr: CapturedStream } {
    const stdout = new CapturedStream();
    const stderr = new CapturedStream();
    const redact = redactor([CANARY]);
    return { terminal: new Terminal({ stdout, stderr, json, quiet: false, color: false, redact }), stdout, stderr };
  }

  it.each([true, false])('lets no secret out on any channel (json: %s)', (json) => {
    const { terminal, stdout, stderr } = terminalWith(json);
    terminal.print(CANARY);
    terminal.printJson({ deep: [{ [`text`]: `a ${CANARY} b` }] });
    for (const channel of ['say', 'warn', 'fail', 'log'] as const) terminal[channel](`${channel} ${CANARY}`);
    expect(stdout.text + stderr.text).not.toContain(CANARY);
    expect(stdout.text + stderr.text).toContain('***');
  });

  it('keeps a line of JSON valid where a secret looks like a number, and writes bigints', () => {
    const stdout = new CapturedStream();
    const options = { stdout, stderr: new CapturedStream(), json: true, quiet: false, color: false };
    new Terminal({ ...options, redact: redactor(['1234']) }).printJson({ count: 1234, id: 2n ** 60n, text: 'is 1234' });
    expect(JSON.parse(stdout.text)).toEqual({ count: 1234, id: '1152921504606846976', text: 'is ***' });
  });

  it('puts data on stdout and the rest on stderr', () => {
    const { terminal, stdout, stderr } = terminalWith(false);
    terminal.print('data');
    terminal.printJson({ not: 'this' });
    terminal.say('note');
    terminal.warn('careful');
    terminal.fail('over');
    expect(stdout.text).toBe('data\n');
    expect(stderr.text).toBe('note\nwarning: careful\nerror: over\n');
  });
});

describe('a table', () => {
  it('aligns by the width that characters have on a screen', () => {
    const table = renderTable({
      columns: [{ head: 'TITLE' }, { head: 'N', align: 'right' }],
      rows: [
        ['港の仲間', '1'],
        ['⛵ crew', '22'],
        ['Экипаж', '333'],
      ],
    });
    expect(table.split('\n')).toEqual(['TITLE       N', '港の仲間    1', '⛵ crew    22', 'Экипаж    333']);
  });

  it.each([40, 60, 70])('fits a screen of %d columns: titles are cut, reasons go on in the next line', (width) => {
    const table = renderTable({
      columns: [
        { head: 'CHAT', narrows: 'cut' },
        { head: 'MESSAGE', align: 'right' },
        { head: 'WHY', narrows: 'wrap' },
      ],
      rows: [
        ['Harbour Crew of the \u6771\u4EAC office', '1234567', 'The file is gone for good and will not come again'],
      ],
      width,
    });
    const lines = table.split('\n');
    for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(width);
    expect(table).toContain('1234567');
    for (const word of ['gone', 'good', 'again']) expect(table).toContain(word);
    expect(lines[1]).toContain('…');
  });

  it('takes escape sequences and line breaks out of its cells', () => {
    const table = renderTable({ columns: [{ head: 'A' }], rows: [['one\u001B[31m\ntwo\u2028three']] });
    expect(table.split('\n')).toEqual(['A', 'one\uFFFD[31m two three']);
  });
});

describe('printable', () => {
  it.each([
    ['an escape sequence', '\u001B]0;title\u0007', '\uFFFD]0;title\uFFFD'],
    ['an 8-bit control', '\u009B31m', '\uFFFD31m'],
    ['a turn of direction', 'exe.\u202Egpj', 'exe.\uFFFDgpj'],
    ['ordinary text', 'Ünïcode ⛵ 港\tok\n', 'Ünïcode ⛵ 港\tok\n'],
  ])('makes %s harmless', (_what, text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  it('puts lines into one', () => {
    expect(printableLine('a\r\nb\tc')).toBe('a b c');
  });
});

describe('errorText', () => {
  const error = new ChatferryError('UNREACHABLE', 'No way.\u001B[2J', {
    cause: new Error('deep', { cause: 'deepest' }),
  });

  it('is the message alone for an error with a remedy', () => {
    expect(errorText(error, false)).toBe('No way.\uFFFD[2J');
  });

  it('has the whole chain of causes when it is asked for', () => {
    expect(errorText(error, true)).toMatch(/No way[^]*caused by: Error: deep[^]*caused by: 'deepest'/);
  });

  it('says how to learn more of an unexpected one', () => {
    expect(errorText(new TypeError('x is not a function'), false)).toMatch(/^x is not a function\n.*--verbose/);
  });
});

describe('the log', () => {
  it('goes to its file as JSON lines, masked, readable by its owner alone', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'chatferry-log-'));
    try {
      const file = join(folder, 'deep', 'chatferry.log');
      const stderr: string[] = [];
      const options = { file, toStderr: (line: string) => stderr.push(line), readable: true };
      const log = await openLog({ ...options, level: 'info', redact: redactor([CANARY]) });
      log('info', `hello ${CANARY}`, { nested: { secret: CANARY }, error: new Error(CANARY) });
      log('debug', 'not this');
      const text = readFileSync(file, 'utf8');
      expect(text).not.toContain(CANARY);
      expect(JSON.parse(text)).toMatchObject({ level: 30, msg: 'hello ***', nested: { secret: '***' } });
      expect(stderr).toEqual([]);
      if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('is lines for people on stderr', async () => {
    const lines: string[] = [];
    const toStderr = (line: string): unknown => lines.push(line);
    const log = await openLog({ level: 'warn', file: undefined, toStderr, readable: true, redact: redactor([CANARY]) });
    log('warn', 'slow\u001B', { waitMs: 30, who: CANARY });
    log('info', 'not this');
    expect(lines).toEqual([expect.stringMatching(/^\d\d:\d\d:\d\d warn slow\uFFFD waitMs=30 who="\*\*\*"$/)]);
  });

  it('refuses a file that cannot be written to', async () => {
    const options = { toStderr: () => undefined, readable: true, redact: (text: string) => text };
    await expect(openLog({ ...options, level: 'info', file: join(tmpdir()) })).rejects.toThrow(
      /LOG_FILE .* cannot be written/,
    );
  });
});

it.each([
  [0, '0.0 s'],
  [420, '0.4 s'],
  [30_000, '30 s'],
  [59_700, '1 min 0 s'],
  [185_000, '3 min 5 s'],
  [7_200_000, '2 h 0 min'],
])('formatDuration makes %d ms into %s', (durationMs, text) => {
  expect(formatDuration(durationMs)).toBe(text);
});
