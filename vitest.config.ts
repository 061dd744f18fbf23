import { defineConfig, type ViteUserConfig } from 'vitest/config';

const inCi = process.env['CI'] === 'true';
// Runs on other versions of Node.js have reports of their own: the last line of CI counts this one.
const outputFile = process.env['TEST_REPORT_FILE'] ?? '.test-report.json';

/**
 * Tests that run commands or whole programs, or that measure or kill: each file has a process of its own. All others share
 * processes, so that a file does not load the program anew: that took half of their time.
 */
const ALONE = [
  ...['cli', 'e2e', 'examples', 'bench'].map((room) => `test/${room}/**/*.test.ts`),
  'test/archive/crash.test.ts',
  'test/pipeline/exporter.test.ts',
];

const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: 'alone', include: ALONE } },
      { extends: true, test: { name: 'shared', include: ['test/**/*.test.ts'], exclude: ALONE, isolate: false } },
    ],
    pool: 'forks',
    // By default vitest leaves one processor free: on two of them it would run one file after the other.
    maxWorkers: '100%',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: inCi ? ['default', ['json', { outputFile }]] : ['default'],
    coverage: {
      enabled: inCi,
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary'],
      // What runs in processes of its own (commands, benchmarks) does not count here. These only rise.
      thresholds: { statements: 87, branches: 81, functions: 88, lines: 88 },
    },
  },
});

export default config;
