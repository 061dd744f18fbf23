import { expect, it } from 'vitest';

import { proportionalBytes } from '../../../src/bench/media/proportional-memory.js';

it.runIf(process.platform === 'linux')(
  'memory of processes counts shared pages in part, and what has ended for nothing',
  async () => {
    const one = (await proportionalBytes([process.pid])) ?? NaN;
    expect(one).toBeGreaterThan(10e6);
    expect(one).toBeLessThanOrEqual(process.memoryUsage.rss() * 1.2);
    expect(await proportionalBytes([0x7fff_fff0])).toBe(0);
    expect((await proportionalBytes([process.pid, process.pid])) ?? NaN).toBeGreaterThan(one * 1.5);
  },
);
