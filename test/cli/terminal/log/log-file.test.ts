import {
  appendFileSync,
  chownSync,
  existsSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { openLog, type Log } from '../../../../src/cli/terminal/log/log.js';
import { temporaryDirectory } from '../../../archive/temporary-directory.js';
import { Canary, HOSTILE_ENTRIES } from '../../../disk/hostile-entries.js';
import { isRootOfLinux } from '../../run-chatferry.js';

const stderrLines: string[] = [];

function logTo(file: string): Promise<Log> {
  stderrLines.length = 0;
  const toStderr = (line: string): unknown => stderrLines.push(line);
  return openLog({ level: 'info', file, toStderr, readable: true, redact: (text) => text });
}

function messagesIn(file: string): readonly string[] {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.map((line) => (JSON.parse(line) as { readonly msg: string }).msg);
}

describe('a log file', () => {
  it('is made, in a folder that is made, for its owner alone', async () => {
    const file = join(temporaryDirectory(), 'logs', 'chatferry.log');
    (await logTo(file))('info', 'first');
    expect(messagesIn(file)).toEqual(['first']);
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('is appended to when it is a log of ours, or empty', async () => {
    const file = join(temporaryDirectory(), 'chatferry.log');
    writeFileSync(file, '');
    (await logTo(file))('info', 'first');
    (await logTo(file))('info', 'second', { fileName: '$(touch x)\n`id`' });
    expect(messagesIn(file)).toEqual(['first', 'second']);
  });

  it('may be rotated while it is written: moved away, or copied and emptied', async () => {
    const file = join(temporaryDirectory(), 'chatferry.log');
    const log = await logTo(file);
    log('info', 'before');
    renameSync(file, `${file}.1`);
    log('info', 'moved');
    expect(messagesIn(`${file}.1`)).toEqual(['before', 'moved']);
    (await logTo(file))('info', 'anew');
    expect(messagesIn(file)).toEqual(['anew']);
    truncateSync(`${file}.1`);
    log('info', 'emptied');
    expect(messagesIn(`${file}.1`)).toEqual(['emptied']); // No hole of zeros before it.
  });

  it.each([
    ['settings of a shell', '# my bashrc\n'],
    ['JSON of something else', '{"version":1}\n{"level":30,"time":"2026-01-01","msg":"a"}\n'],
    ['a log whose first line is not one', '\n{"level":30,"time":"2026-01-01","msg":"a"}\n'],
    ['null', 'null\n'],
    ['one line that never ends', `{"level":30,"time":"t","msg":"${'a'.repeat(300 * 1024)}`],
  ])('is refused and stays as it is when it is %s', async (_name, text) => {
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, text);
    await expect(logTo(file)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(`LOG_FILE ${file} cannot be written to: it exists and is no log`) as string,
    });
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it.skipIf(process.platform === 'win32').each(HOSTILE_ENTRIES.filter((entry) => entry !== 'a device'))(
    'is refused when it is %s, which stays as it is',
    async (entry) => {
      const folder = temporaryDirectory();
      const canary = new Canary(join(folder, 'outside'));
      canary.put(entry, join(folder, 'a.log'));
      await expect(logTo(join(folder, 'a.log'))).rejects.toMatchObject({
        code: 'USAGE',
        message: expect.stringContaining(join(folder, 'a.log')) as string,
      });
      expect(canary.state()).toBe(canary.before);
    },
  );

  it.skipIf(process.platform === 'win32')(
    'is refused behind a link even where that leads to a log of ours',
    async () => {
      const folder = temporaryDirectory();
      const canary = new Canary(join(folder, 'outside'));
      writeFileSync(join(folder, 'outside', 'precious.txt'), '{"level":30,"time":"t","msg":"a"}\n');
      canary.put('a link to a file', join(folder, 'a.log'));
      await expect(logTo(join(folder, 'a.log'))).rejects.toThrow('it is a link to');
      expect(canary.state()).toBe(canary.before);
    },
  );

  it.skipIf(!isRootOfLinux)('is refused when another user made it', async () => {
    const file = join(temporaryDirectory(), 'a.log');
    appendFileSync(file, '{"level":30,"time":"t","msg":"a"}\n');
    chownSync(file, 4321, 4321);
    await expect(logTo(file)).rejects.toThrow('it belongs to another user (4321)');
  });

  it.skipIf(!existsSync('/dev/null'))('may be a device', async () => {
    (await logTo('/dev/null'))('info', 'gone');
    expect(stderrLines).toEqual([]);
  });

  it('goes the way of standard error, as JSON, when it is /dev/stderr', async () => {
    (await logTo('/dev/stderr'))('info', 'said');
    expect(stderrLines.map((line) => (JSON.parse(line) as { readonly msg: string }).msg)).toEqual(['said']);
  });
});
