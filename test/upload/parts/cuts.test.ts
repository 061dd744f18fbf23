import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { startLine } from '../../../src/bench/upload/line-proxy.js';
import { TusTarget } from '../../../src/upload/targets/tus/tus-target.js';
import { startTusNodeServer } from '../servers/tus-server.js';
import { testRun } from '../upload-run.js';

const PART_BYTES = 128 * 1024;
const FILE_BYTES = 8 * PART_BYTES + 777;
/** Of one request: names, lengths, the answer's are not counted. */
const MOST_HEADER_BYTES = 2048;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chatferry-cuts-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('A line that is cut every so many bytes', () => {
  it.each([
    [30_000, 1],
    [100_000, 1],
    [100_000, 3],
    [300_000, 3],
  ])(
    'brings the file whole with cuts every %d bytes and %d connections, and sends a part a cut again at most',
    async (every, most) => {
      const content = randomBytes(FILE_BYTES);
      const path = join(folder, 'film.mp4');
      writeFileSync(path, content);
      await using server = await startTusNodeServer();
      await using line = await startLine({
        port: server.port,
        fault: () => ({ up: { afterBytes: every, then: 'reset' } }),
      });
      await using target = new TusTarget({
        endpoint: new URL(`http://127.0.0.1:${line.port}/files`),
        connectionCount: most,
        timeoutMs: 10_000,
        allowPrivateRedirects: false,
      });
      await target.check(new AbortController().signal);
      using test = await testRun({ target, folder, most, maxRetries: 5, chosenPartBytes: PART_BYTES });
      const [file] = await test.upload([{ path, name: 'film.mp4' }]);
      expect(file).toMatchObject({ state: 'uploaded', sizeBytes: FILE_BYTES });
      const remoteId = file === undefined || file.state === 'failed' ? '' : file.remoteId;
      expect(server.read(remoteId)?.equals(content)).toBe(true);
      const cutCount = Math.floor(line.upBytes / every);
      expect(cutCount).toBeGreaterThanOrEqual(2);
      const headers = MOST_HEADER_BYTES * (line.connectionCount + 40);
      expect(line.upBytes).toBeLessThanOrEqual(FILE_BYTES + cutCount * PART_BYTES + headers);
      const percentages = test.events.map(({ percentage }) => percentage);
      expect(percentages).toEqual(percentages.toSorted((a, b) => a - b));
    },
  );
});
