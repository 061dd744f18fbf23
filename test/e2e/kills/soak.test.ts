import { describe, expect, it } from 'vitest';

import { soak } from './soak.js';

describe('five hundred small files over a line on which one request in twenty goes wrong', () => {
  it('are each right or listed, and leave no connection, handle or permit behind', async () => {
    const report = await soak({ fileCount: 500, seed: 5 });
    const kinds = ['drop', 'error', 'flipped', 'flood', 'reference', 'short', 'silence'];
    expect(Object.keys(report.troubles).sort()).toEqual(kinds);
    // Connections that were lost are replaced, and not piled up: eight for media, the main one, and those being closed.
    expect(report.mostConnections).toBeLessThanOrEqual(2 * 9);
  });
});
