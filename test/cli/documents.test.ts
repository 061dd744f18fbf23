import { EventEmitter } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { createProgram } from '../../src/cli/program.js';
import { Output } from '../../src/cli/terminal/output.js';

const DOCUMENTS = [
  'README.md',
  ...readdirSync('docs').flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
];

const program = createProgram({
  cwd: process.cwd(),
  args: [],
  stdin: process.stdin,
  stdout: new Output(process.stdout),
  stderr: new Output(process.stderr),
  signals: new EventEmitter(),
  exit: () => undefined,
  finish: () => undefined,
});

function read(document: string): string {
  return readFileSync(document, 'utf8').replaceAll('\r\n', '\n');
}

/** The command lines of a document, from blocks for shells and from code in sentences, each without what it is piped to. */
function commandLines(text: string): readonly string[] {
  const blocks = [...text.matchAll(/^ *```(?:sh|bat|ini|)\n(.*?)^ *```$/gms)].flatMap(([, block = '']) =>
    block.split('\n'),
  );
  const spans = [...text.matchAll(/`(chatferry [^`\n]+)`/g)].map(([, span = '']) => span);
  return [...blocks, ...spans].flatMap((line) => {
    const called = line.replace(/.*main\.js\\" /, 'chatferry ').replaceAll('"', '');
    const [, rest] = /(?:^|[\s/])chatferry ([^#|>]*)/.exec(called) ?? [];
    return rest === undefined ? [] : [rest.trim()];
  });
}

/** What of a command line the program does not have. */
function strangersIn(line: string): readonly string[] {
  const words = line.replace(/ -- .*/, '').split(/\s+/);
  const name = words.find((word) => /^[a-z]/.test(word));
  const command = program.commands.find((known) => known.name() === name);
  const parts = [...(command?.commands ?? []), ...(command?.commands ?? []).flatMap(({ commands }) => commands)];
  const commands = [program, ...(command === undefined ? [] : [command, ...parts])];
  const options = commands.flatMap((one) => one.options.map(({ long }) => long));
  const strange = words.filter((word) => /^--[a-z]/.test(word) && !['--help', '--version', ...options].includes(word));
  return name === undefined || command !== undefined ? strange : [name, ...strange];
}

/** All texts in the sources, those that are broken over lines joined. */
function sourceText(folder: string): string {
  return readdirSync(folder, { withFileTypes: true })
    .map((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? sourceText(path) : readFileSync(path, 'utf8');
    })
    .join('\n')
    .replaceAll(/['`] \+\r?\n\s*['`]/g, '')
    .replaceAll('\\`', '`');
}

describe('the documents', () => {
  it('name no command and no option that the program does not have', () => {
    const lines = DOCUMENTS.flatMap((document) => commandLines(read(document)).map((line) => ({ document, line })));
    expect(lines.length).toBeGreaterThan(50);
    expect(lines.flatMap((at) => strangersIn(at.line).map((stranger) => ({ ...at, stranger })))).toEqual([]);
  });

  it('explain messages that the program prints, word for word', () => {
    const rows = read('docs/TROUBLESHOOTING.md')
      .split('\n')
      .flatMap((line) => (line.startsWith('| ') ? [line.split('|')[1] ?? ''] : []));
    const quoted = rows.flatMap((row) => [...row.matchAll(/"([^"]+)"/g)].map(([, quote = '']) => quote));
    expect(quoted.length).toBeGreaterThan(15);
    const printed = sourceText('src');
    const pieces = quoted.flatMap((quote) => quote.split('…').map((piece) => piece.trim()));
    expect(pieces.filter((piece) => !printed.includes(piece))).toEqual([]);
  });

  it('name no test that is not there', () => {
    const files = readdirSync('test', { recursive: true, encoding: 'utf8' }).map((path) => path.replaceAll('\\', '/'));
    const known = new Set(files.map((path) => `test/${path.replace(/(\.test)?\.ts$/, '')}`));
    const named = DOCUMENTS.flatMap((document) =>
      [...read(document).matchAll(/`(test\/[\w/-]+?)(?:\.test\.ts)?\/?`/g)].map(([, path = '']) => ({
        document,
        path,
      })),
    );
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter(({ path }) => !known.has(path))).toEqual([]);
  });
});
