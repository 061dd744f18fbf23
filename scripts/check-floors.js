// Runs dependency-cruiser over the sources, and fails if it found no modules, because then every rule would pass.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

// The exports map of the package does not include its command line, so the file is addressed by its path.
const cruise = fileURLToPath(new URL('../node_modules/dependency-cruiser/bin/dependency-cruise.mjs', import.meta.url));
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
console.log(
  `${summary.totalCruised} modules, ${summary.totalDependenciesCruised} dependencies, ${summary.error} errors`,
);
process.exit(summary.error > 0 ? 1 : 0);
