import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** The long forms of tests: hundreds of tries where the suite has a few. Each prints what it tried and what it found. */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/campaign/**/*.campaign.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 3_600_000,
    hookTimeout: 600_000,
    disableConsoleIntercept: true,
  },
});

export default config;
