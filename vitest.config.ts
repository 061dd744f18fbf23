import { defineConfig, type ViteUserConfig } from 'vitest/config';

const inCi = process.env['CI'] === 'true';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: inCi ? ['default', ['json', { outputFile: '.test-report.json' }]] : ['default'],
    coverage: { provider: 'v8', include: ['src/**/*.ts'] },
  },
});

export default config;
