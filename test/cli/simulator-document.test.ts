import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { runChatferry, startChatferry } from './run-chatferry.js';

const DOCUMENT = readFileSync('docs/SIMULATOR.md', 'utf8').replaceAll('\r\n', '\n');

/** What stands in the document in code blocks of `language`, in order. */
function blocks(language: string): readonly string[] {
  return [...DOCUMENT.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter((match) => match[1] === language)
    .map((match) => match[2] ?? '');
}

let cwd: string;

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'chatferry-document-'));
  symlinkSync(resolve('node_modules'), join(cwd, 'node_modules'), 'junction'); // The programs import what is installed.
});

afterAll(() => {
  rmSync(cwd, { recursive: true, force: true });
});

describe('docs/SIMULATOR.md', () => {
  it(
    'has programs for other clients that log in and read, and a fault script that is taken',
    { timeout: 60_000 },
    async () => {
      const programs = blocks('js');
      expect(programs).toHaveLength(2);
      const [, script = ''] = blocks('json');
      writeFileSync(join(cwd, 'faults.json'), script.replace('"probability": 0.1', '"probability": 0'));

      const child = startChatferry(['simulate', '--json', '--exit-with-stdin', '--faults', 'faults.json'], { cwd });
      const end = once(child, 'close');
      const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
      expect(Object.keys(JSON.parse(line) as object)).toEqual(
        Object.keys(JSON.parse(blocks('json')[0] ?? '') as object),
      );
      writeFileSync(join(cwd, 'telegram.json'), line);
      try {
        for (const [index, text] of programs.entries()) {
          const file = join(cwd, `client-${String(index)}.mjs`);
          writeFileSync(file, text);
          const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd });
          expect(stdout).toContain('473 Same time every tomorrow');
        }
      } finally {
        child.stdin.end();
        await end;
      }
    },
  );

  it('lists the options that there are', async () => {
    const { stdout } = await runChatferry(['simulate', '--help'], { cwd });
    const own = stdout.slice(0, stdout.indexOf('Global Options'));
    const described = [...DOCUMENT.matchAll(/^\| `(--[\w-]+)/gm)].map((match) => match[1]);
    const offered = [...own.matchAll(/^ {2}(--[\w-]+)/gm)].map((match) => match[1]);
    expect(described.sort()).toEqual(offered.sort());
  });
});
