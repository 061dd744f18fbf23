// Runs the quick unit tests and the demo on each version of Node.js in package.json's `engines`, except the one that
// runs this script. npm's packages `node-<platform>-<arch>` bring the binaries; they are kept in the user's cache
// folder.
//
//   node scripts/check-node-versions.js [version …]
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const VERSIONS = ['22.23.3', '24.21.0', '26.12.1'];

/**
 * Rooms whose tests take seconds and need no other program. They cover what differs between versions: SQLite, files,
 * threads, sockets, timers. The demo covers the rest: real MTProto, sharp, ffmpeg, child processes.
 */
const QUICK_ROOMS = [
  ...['chat', 'concurrency', 'config', 'disk', 'errors', 'memory', 'metrics', 'pipeline', 'render', 'text'],
  ...['archive', 'media/bytes', 'simulator/crypto', 'simulator/tl', 'simulator/transport'],
  ...['source/telegram/convert', 'source/telegram/wire', 'upload/http', 'upload/pace'],
];
/** Long tests with random input; one version is enough for them. */
const LONG_ONES = ['test/archive/checks/**', 'test/archive/round-trip.test.ts', 'test/pipeline/completeness/**'];

/** Returns the path of the binary, or the reason why there is none. */
function nodeOf(version) {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = `node-${platform}-${process.arch}`;
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'chatferry-ci', `${name}-${version}`);
  const path = join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (versionOf(path) === version) return { path };
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const line = ['install', `${name}@${version}`, '--prefix', folder, '--no-save', '--no-audit', '--no-fund'];
  const npm = spawnSync('npm', line, { cwd: folder, encoding: 'utf8', shell: process.platform === 'win32' });
  if (versionOf(path) === version) return { path };
  return { problem: `npm could not bring ${name}@${version}: ${(npm.stderr || String(npm.error ?? '')).trim()}` };
}

function versionOf(path) {
  return spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout?.trim().replace(/^v/, '');
}

/** Returns the problem, or undefined. */
function testsProblem(node, environment) {
  const folder = mkdtempSync(join(tmpdir(), 'chatferry-node-'));
  const reportFile = join(folder, 'report.json');
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  // As in CI, where vitest writes a report.
  const env = { ...environment, CI: 'true', TEST_REPORT_FILE: reportFile };
  const rooms = QUICK_ROOMS.map((room) => `test/${room}/`);
  const line = [
    vitest,
    'run',
    '--coverage.enabled=false',
    ...LONG_ONES.map((pattern) => `--exclude=${pattern}`),
    ...rooms,
  ];
  const vitestRun = spawnSync(node, line, { cwd: ROOT, env, encoding: 'utf8', maxBuffer: 1e9 });
  const count = spawnSync(node, [join(ROOT, 'scripts', 'count-tests.js'), reportFile, '0'], { encoding: 'utf8' });
  rmSync(folder, { recursive: true, force: true });
  console.log(count.stdout.trim());
  if (vitestRun.status === 0 && count.status === 0) return undefined;
  return `tests failed:\n${vitestRun.stdout}\n${vitestRun.stderr}`;
}

/** The demo of the built program must end with exit code 0, with every message and without a warning of Node.js. */
function demoProblem(node, environment) {
  const folder = mkdtempSync(join(tmpdir(), 'chatferry-node-'));
  try {
    const main = join(ROOT, 'dist', 'cli', 'main.js');
    const demo = spawnSync(node, [main, 'demo', '--out', folder], { cwd: folder, env: environment, encoding: 'utf8' });
    const output = `${demo.stdout}\n${demo.stderr}`;
    if (demo.status !== 0) return `the demo ended with ${demo.status ?? demo.signal}:\n${output}`;
    const warning = /^\(node:\d+\).*$/m.exec(demo.stderr)?.[0];
    if (warning !== undefined) return `the demo printed a warning of Node's: ${warning}`;
    const done = /^Done in .*$/m.exec(output)?.[0];
    if (done === undefined) return `the demo did not say what it did:\n${output}`;
    console.log(done);
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function environmentFor(node) {
  // So that tests that start `node` by name use the same version.
  return { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };
}

const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const inCi = process.env.CI === 'true';
let broken = 0;
for (const version of process.argv.length > 2 ? process.argv.slice(2) : VERSIONS) {
  const startMs = Date.now();
  console.log(`Node.js ${version}:`);
  const problems = [];
  if (!engines.node.includes(`^${version.split('.')[0]}`)) problems.push(`engines (${engines.node}) leaves it out`);
  const { path, problem } = nodeOf(version);
  if (path === undefined && !inCi) {
    console.log(`skipped, ${problem}`);
    continue;
  }
  if (path === undefined) problems.push(problem);
  else {
    const environment = environmentFor(path);
    problems.push(testsProblem(path, environment), demoProblem(path, environment));
  }
  for (const text of problems) if (text !== undefined) console.log(`-- Node.js ${version}: ${text}`);
  if (problems.some((text) => text !== undefined)) broken += 1;
  console.log(`${Math.round((Date.now() - startMs) / 1000)} s`);
}
process.exitCode = broken > 0 ? 1 : 0;
