import { readdirSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { ExitCode } from '../../../src/errors/exit-code.js';
import { temporaryDirectory } from '../../archive/temporary-directory.js';
import { runInProcess } from '../run-in-process.js';

describe('a format that there is not', () => {
  it.each([
    ['export', '@harbour_crew'],
    ['render', '@harbour_crew'],
  ])('is refused by %s before anything is fetched or made', async (command, chat) => {
    const cwd = temporaryDirectory();
    const { code, stderr } = await runInProcess([command, chat, '--format', 'json,docx'], { cwd });
    expect(code).toBe(ExitCode.usage);
    expect(stderr).toContain('There is no format "docx". Formats: json');
    expect(readdirSync(cwd)).toEqual([]);
  });
});
