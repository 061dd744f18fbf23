import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

/** An empty directory that is removed when the test ends. Absolute. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'chatferry-archive-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  });
  return directory;
}
