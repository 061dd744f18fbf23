// The package as npm packs it, unpacked into a folder with its dependencies. Needs no network.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Unpacks the package into `folder/node_modules`, with links to exactly the dependencies that package.json lists.
 *
 * @param {string} folder - The folder of the program that uses it.
 * @param {{ root: string, also: readonly string[] }} options - The repository, already built; packages that the program
 *   itself uses.
 * @throws {Error} when npm or tar fails.
 */
export function unpackPackage(folder, { root, also }) {
  // Otherwise the prepack script would build again.
  const packed = run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], root);
  const [{ filename }] = JSON.parse(packed);
  run('tar', ['-xzf', filename], folder);
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  renameSync(join(folder, 'package'), join(modules, 'chatferry'));
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const name of [...Object.keys({ ...dependencies, ...optionalDependencies }), ...also]) {
    const installed = join(root, 'node_modules', name);
    if (!existsSync(installed)) continue; // Optional dependencies are not installed on every platform.
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    if (!existsSync(join(modules, name))) symlinkSync(installed, join(modules, name), 'junction');
  }
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} cwd
 */
function run(command, args, cwd) {
  // On Windows npm is a script, which only a shell can start.
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    shell: isWindows(command),
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${error?.message ?? stderr}`);
  return stdout;
}

/** @param {string} command */
function isWindows(command) {
  return command === 'npm' && process.platform === 'win32';
}
