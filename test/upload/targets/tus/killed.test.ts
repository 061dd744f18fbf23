import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { expect, it } from 'vitest';

import { SeededRandom } from '../../../../src/simulator/world/seeded-random.js';
import type { UploadedFile } from '../../../../src/upload/uploaded-file.js';
import { FullTusFarEnd, TusNodeFarEnd } from './far-ends.js';
import type { ChildUpload } from './upload-child.js';

const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const CHILD = fileURLToPath(new URL('./upload-child.ts', import.meta.url));
const PART_BYTES = 256 * 1024;
const SIZE = 12 * PART_BYTES + 12_345;
const KILLS = 5;

interface Said {
  readonly bytes?: number;
  readonly file?: UploadedFile;
  readonly notes?: readonly string[];
}

interface Ended {
  readonly sentBytes: number;
  readonly file: UploadedFile | undefined;
  readonly notes: readonly string[];
}

/** @param killAt - The process is killed when so many bytes are on their way. */
async function uploadInChild(upload: ChildUpload, killAt = Infinity): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', LOADER, CHILD, JSON.stringify(upload)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.on('error', () => undefined); // It may be dead by now.
  const exit = once(child, 'exit');
  let sentBytes = 0;
  let file: UploadedFile | undefined;
  let notes: readonly string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const said = JSON.parse(line) as Said;
    sentBytes += said.bytes ?? 0;
    file = said.file ?? file;
    notes = said.notes ?? notes;
    if (sentBytes >= killAt) child.kill('SIGKILL');
    else if (said.bytes !== undefined) child.stdin.write('\n');
  }
  await exit;
  return { sentBytes, file, notes };
}

it.each([
  ['in one upload at the reference server', 1, () => TusNodeFarEnd.open()],
  ['side by side at a server that concatenates', 3, () => FullTusFarEnd.open()],
])(
  'goes on after kill -9 at any moment %s, and sends at most a part for each connection again',
  async (_, most, open) => {
    const random = new SeededRandom(most);
    await using farEnd = await open();
    const folder = mkdtempSync(join(tmpdir(), 'chatferry-killed-'));
    try {
      const content = randomBytes(SIZE);
      const path = join(folder, 'film.mp4');
      writeFileSync(path, content);
      const upload = { endpoint: farEnd.server.endpoint.href, path, folder, partBytes: PART_BYTES, most };
      let sentBytes = 0;
      for (let kill = 0; kill < KILLS; kill += 1) {
        const ended = await uploadInChild(upload, random.int(PART_BYTES / 4, Math.floor(SIZE / KILLS)));
        expect(ended.file).toBeUndefined();
        sentBytes += ended.sentBytes;
      }
      const last = await uploadInChild(upload);
      expect(last.file).toMatchObject({ state: 'uploaded' });
      expect(last.notes).toEqual([]);
      const remoteId = last.file?.state === 'uploaded' ? last.file.remoteId : '';
      expect((await farEnd.read(remoteId))?.equals(content)).toBe(true);
      expect(sentBytes + last.sentBytes).toBeLessThanOrEqual(SIZE + KILLS * most * PART_BYTES);
      expect(sentBytes).toBeGreaterThan(0);
      expect(await farEnd.fileCount()).toBe(1);
      expect(readdirSync(join(folder, 'sessions')).filter((name) => name.endsWith('.session.json'))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  120_000,
);
