// Runs dependency-cruiser over the sources, and fails when it saw nothing: a checker that finds no modules passes
// every rule.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const packageFile = createRequire(import.meta.url).resolve('dependency-cruiser/package.json');
const cruise = join(dirname(packageFile), 'bin', 'dependency-cruise.mjs');
const { stdout, stderr } = spawnSync(process.execPath, [cruise, 'src', '--output-type', 'json'], {
  encoding: 'utf8',
  maxBuffer: 256 * 1024 * 1024,
});

let summary;
try {
  ({ summary } = JSON.parse(stdout));
} catch {
  console.error(`dependency-cruiser gave no report:\n${stderr}`);
  process.exit(1);
}
for (const { rule, from, to } of summary.violations) console.error(`${rule.severity} ${rule.name}: ${from} → ${to}`);
if (summary.totalCruised === 0 || summary.totalDependenciesCruised === 0) {
  console.error('dependency-cruiser saw no modules: is the TypeScript version one that it supports?');
  process.exit(1);
}
console.log(`${summary.totalCruised} modules, ${summary.totalDependenciesCruised} dependencies, ${summary.error} errors`);
process.exit(summary.error > 0 ? 1 : 0);
