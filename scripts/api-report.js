// Compares the public API with the reports in docs/api/, one for each entry of the package. A difference fails, so that
// the API does not change by accident; `npm run update:api` rewrites the reports. A type that a signature names and no
// entry exports fails too.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { declarationsProgram } from './api/declarations.js';
import { entryReport } from './api/entry-report.js';

const ENTRIES = [
  { name: 'chatferry', file: 'src/index.ts', report: 'chatferry.api.md' },
  { name: 'chatferry/simulator', file: 'src/simulator.ts', report: 'simulator.api.md' },
];
const root = resolve(import.meta.dirname, '..');
const folder = join(root, 'docs', 'api');
const isUpdate = process.argv.includes('--update');

const { program, fileOf } = declarationsProgram(
  root,
  ENTRIES.map(({ file }) => file),
);
for (const { name, file, report } of ENTRIES) {
  const entry = fileOf(file);
  if (entry === undefined) throw new Error(`${file} does not exist`);
  const { text, unexported } = entryReport(program, entry);
  for (const line of unexported) problem(`${file} does not export ${line}`);
  const heading = `# The public API of \`${name}\`\n\nMade by \`npm run update:api\`. \`npm run check:api\` compares it with the sources.\n`;
  const document = `${heading}\n\`\`\`ts\n${text}\`\`\`\n`;
  const path = join(folder, report);
  if (isUpdate) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, document);
  } else if (read(path) !== document) {
    problem(`The public API of '${name}' is not as docs/api/${report} has it. If that is meant: npm run update:api`);
  }
}

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
  } catch {
    return undefined;
  }
}

/** @param {string} text */
function problem(text) {
  console.error(text);
  process.exitCode = 1;
}
