import { execFileSync } from 'node:child_process';

import fc from 'fast-check';
import { expect, it } from 'vitest';

import { commandLineText } from '../../src/cli/command-line-text.js';

it('a command is shown as it can be typed again', () => {
  const args = ['export', '@harbour_crew', 'Rust Gophers', "Anna's trip", '--out', '~/telegram'];
  expect(commandLineText(args, 'linux')).toBe(
    "chatferry export @harbour_crew 'Rust Gophers' 'Anna'\\''s trip' --out '~/telegram'",
  );
  expect(commandLineText(['export', 'Rust Gophers'], 'win32')).toBe('chatferry export "Rust Gophers"');
});

it.skipIf(process.platform === 'win32')('a shell reads the same arguments from it, whatever they are', () => {
  const arg = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\0'));
  fc.assert(
    fc.property(fc.array(arg, { maxLength: 4 }), (args) => {
      const script = `chatferry() { for each in "$@"; do printf '%s\\0' "$each"; done; }; ${commandLineText(args, 'linux')}`;
      const read = execFileSync('sh', ['-c', script], { encoding: 'utf8' });
      expect(read.split('\0').slice(0, -1)).toEqual(args);
    }),
    { numRuns: 30 },
  );
});
