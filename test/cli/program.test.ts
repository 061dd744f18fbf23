import { EventEmitter } from 'node:events';

import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';

import type { CliContext } from '../../src/cli/command-run.js';
import { createProgram } from '../../src/cli/program.js';
import { flagsOf } from '../../src/cli/setting-option.js';
import { Output } from '../../src/cli/terminal/output.js';
import type { Setting } from '../../src/config/setting.js';
import { SETTING_KEYS, SETTINGS } from '../../src/config/settings.js';

const context: CliContext = {
  cwd: process.cwd(),
  args: [],
  stdin: process.stdin,
  stdout: new Output(process.stdout),
  stderr: new Output(process.stderr),
  signals: new EventEmitter(),
  exit: () => undefined,
  finish: () => undefined,
};

const program = createProgram(context);

/** The help as `--help` prints it, the added sections included. */
function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
}

describe('the help', () => {
  it('has every command', () => {
    expect(program.commands.map((command) => command.name()).sort()).toEqual(
      [
        'bench',
        'chats',
        'config',
        'demo',
        'doctor',
        'export',
        'login',
        'logout',
        'process',
        'render',
        'simulate',
        'trust',
        'upload',
        'verify',
      ].sort(),
    );
  });

  it('lists all exit codes', () => {
    const help = helpOf(program);
    for (let code = 0; code <= 7; code += 1) expect(help).toMatch(new RegExp(`(^| )${String(code)}  \\w`, 'm'));
  });

  it.each(program.commands.map((command) => [command.name(), command] as const))(
    'of %s has examples that parse, its variables, its options and the global ones',
    (name, command) => {
      const help = helpOf(command);
      const examples = [...help.matchAll(/^ {2}\$ chatferry (.+?)(?: {3}|$)/gm)].map((match) => match[1] ?? '');
      expect(examples.length).toBeGreaterThan(0);
      for (const example of examples) {
        expect(example.split(' ')[0]).toBe(name);
        const flags = [...example.matchAll(/ (--[\w-]+)/g)].map((match) => match[1]);
        const known = [...command.options, ...program.options].map(({ long }) => long);
        for (const flag of flags) expect(known).toContain(flag);
      }
      expect(help).toContain('Environment variables it reads');
      expect(help).toContain('LOG_LEVEL');
      for (const option of command.options) expect(help).toContain(option.long);
      for (const option of ['--json', '--quiet', '--verbose', '--preset', '--no-color']) expect(help).toContain(option);
      for (const { description, flags } of command.options) expect(description, flags).not.toBe('');
    },
  );

  it.each([
    ['--no-derivatives', { mediaDerivatives: 'false' }],
    ['--no-deduplicate', { deduplicateMedia: 'false' }],
    ['--no-parallel', { parallelMediaProcessing: 'false' }],
    ['--media photo', { mediaKinds: 'photo' }],
    ['', {}],
  ])('takes "export @a %s" for what it says of settings', async (flag, settings) => {
    const parsed = createProgram(context);
    const exporting = parsed.commands.find((command) => command.name() === 'export');
    let flags: object | undefined;
    exporting?.action((_chats, _options, command: Command) => {
      flags = flagsOf(command);
    });
    await parsed.parseAsync(['node', 'chatferry', 'export', '@a', ...flag.split(' ').filter(Boolean)]);
    expect(flags).toEqual(settings);
  });

  it('knows every flag that the table of settings names', () => {
    const known = [program, ...program.commands].flatMap(({ options }) => options.map(({ long }) => long));
    for (const setting of SETTING_KEYS.map((key): Setting<unknown> => SETTINGS[key])) {
      if (setting.flag !== undefined) expect(known).toContain(setting.flag);
    }
  });
});
