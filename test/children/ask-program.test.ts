import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { askProgram } from '../../src/children/ask-program.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chatferry-ask-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function program(text: string): string {
  const path = join(folder, `it's a "program"`);
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe.skipIf(process.platform === 'win32')('asking a program', () => {
  it('gives what it says, and its arguments as they are', async () => {
    const path = program('for word in "$@"; do echo "[$word]"; done; echo aside >&2');
    await expect(askProgram(path, ['a b', '$(touch x)', ''])).resolves.toEqual({
      stdout: '[a b]\n[$(touch x)]\n[]\n',
      stderr: 'aside\n',
    });
  });

  it('throws where it fails, and where it is not there', async () => {
    await expect(askProgram(program('exit 3'), [])).rejects.toMatchObject({ code: 3 });
    await expect(askProgram(join(folder, 'none'), [])).rejects.toMatchObject({ code: 127 });
  });

  it('leaves none behind that does not answer in time, though it takes no notice of TERM', async () => {
    const pidFile = join(folder, 'pid');
    const path = program(`trap '' TERM; echo $$ > "${pidFile}"; while :; do sleep 1; done`);
    await expect(askProgram(path, [], { timeout: 2000 })).rejects.toMatchObject({ killed: true });
    const pid = Number(readFileSync(pidFile, 'utf8'));
    await vi.waitFor(() => {
      expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    });
  });
});
