// Uses the packed package as another program does: type-checks the programs of examples/ against the published types, then
// runs them. `npm run build` comes first.
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { EXAMPLE_RUNS } from './examples/example-runs.js';
import { unpackPackage } from './examples/packed-package.js';

/** The other packages that the examples use. */
const EXAMPLE_PACKAGES = ['@mtcute/node', '@types/node'];
const RUN_TIMEOUT_MS = 120_000;

const root = resolve(import.meta.dirname, '..');
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'chatferry-examples-')));
try {
  requireRuns();
  unpackPackage(folder, { root, also: EXAMPLE_PACKAGES });
  compileExamples();
  const [library, telegram] = await Promise.all(['index', 'simulator'].map(importEntry));
  for (const { program, run } of EXAMPLE_RUNS) {
    const cwd = join(folder, 'runs', program);
    mkdirSync(cwd, { recursive: true });
    const tools = { cwd, library, telegram, serve: (args) => serve(program, args, cwd) };
    await run({ ...tools, start: (args = [], env = {}) => start(program, args, { cwd, env }) });
    console.log(`examples/${program}.ts compiles against the package, and runs`);
  }
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** @param {string} name - An entry of the unpacked package. */
function importEntry(name) {
  return import(pathToFileURL(join(folder, `node_modules/chatferry/dist/${name}.js`)).href);
}

/** Every example must be run, or it would become outdated unnoticed. */
function requireRuns() {
  const programs = readdirSync(join(root, 'examples')).map((file) => basename(file, '.ts'));
  const unknown = programs.filter((name) => !EXAMPLE_RUNS.some(({ program }) => program === name));
  if (unknown.length > 0) throw new Error(`scripts/examples/example-runs.js does not run ${unknown.join(', ')}`);
}

/** Uses the repository's own strict options. The package's declarations are checked as well. */
function compileExamples() {
  cpSync(join(root, 'examples'), folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', private: true }));
  const { compilerOptions } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
  const ownOptions = {
    noEmit: false,
    incremental: false,
    declaration: false,
    isolatedDeclarations: false,
    skipLibCheck: false,
  };
  const options = { ...compilerOptions, ...ownOptions };
  delete options.tsBuildInfoFile;
  delete options.paths; // They refer to the sources.
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, include: ['*.ts'] }));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = spawnSync(process.execPath, [tsc], { cwd: folder, encoding: 'utf8' });
  const errors = stdout.split(/\n(?=\S)/).filter((text) => text.trim() !== '');
  // The types of other packages are checked too, but with options that their authors may not use, so their errors are
  // ignored.
  const ours = errors.filter((text) => !resolve(folder, text.split('(')[0]).startsWith(join(root, 'node_modules')));
  if (ours.length > 0) throw new Error(`The examples do not compile against the package:\n${ours.join('\n')}`);
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd: string, env: Record<string, string> }} options
 */
async function start(program, args, { cwd, env }) {
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, `${program}.js`), ...args], {
    cwd,
    env: { ...environmentIn(cwd), ...env },
    timeout: RUN_TIMEOUT_MS,
  });
  return stdout;
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} cwd
 */
function serve(program, args, cwd) {
  const child = spawn(process.execPath, [join(folder, `${program}.js`), ...args], {
    cwd,
    env: environmentIn(cwd),
    timeout: RUN_TIMEOUT_MS,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  const ended = exit.then(() => Promise.reject(new Error(`${program} ended before it printed a line`)));
  return {
    firstLine: Promise.race([once(createInterface({ input: child.stdout }), 'line').then(([line]) => line), ended]),
    end: async () => {
      child.kill('SIGTERM');
      const [code] = await exit;
      if (code !== 0) throw new Error(`${program} ended with ${code}`);
    },
  };
}

/** Settings of this shell must not affect a program. */
function environmentIn(cwd) {
  const { PATH, SYSTEMROOT } = process.env;
  return { PATH, SYSTEMROOT, HOME: cwd, APPDATA: cwd };
}
