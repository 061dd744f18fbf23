// How each program of examples/ is run, and what it must do.
import assert from 'node:assert/strict';

/**
 * @typedef {object} ExampleRun
 * @property {string} program - Its file in examples/, without the extension.
 * @property {(tools: Tools) => Promise<void>} run - Rejects when the program does not do what it should.
 *
 * @typedef {object} Tools
 * @property {string} cwd - An empty folder, in which the program runs.
 * @property {typeof import('../../src/simulator.js')} telegram - Of the package.
 * @property {(args?: readonly string[], env?: Record<string, string>) => Promise<string>} start - Runs the program and
 *   gives what it printed. Rejects when its exit code is not 0.
 */

/** @type {readonly ExampleRun[]} */
export const EXAMPLE_RUNS = [
  {
    program: 'telegram-for-tests',
    async run({ start }) {
      assert.match(await start(), /^# pass 1$/m);
    },
  },
];
