import { expect, it } from 'vitest';

import { Terminal } from '../../../src/cli/terminal/terminal.js';
import { keptLines, keptThere } from '../../../src/cli/upload/session-lines.js';
import { UploadLines } from '../../../src/cli/upload/upload-lines.js';
import type { UploadSession } from '../../../src/upload/session/upload-session.js';
import type { UploadProgress } from '../../../src/upload/progress/upload-progress.js';
import { CapturedStream } from '../terminal/captured-stream.js';

function event(taskId: string, more: Partial<UploadProgress>): UploadProgress {
  return {
    type: 'upload',
    taskId,
    file: `/films/${taskId}.mp4`,
    target: 'dir:/mnt',
    stage: 'uploading',
    percentage: 0,
    message: 'Uploading',
    sizeBytes: 400,
    sentBytes: 0,
    totalBytes: 400,
    doneParts: 0,
    partCount: 1,
    bytesPerSecond: 0,
    timestampMs: 0,
    ...more,
  };
}

it('a line is for a file that was sent; what was there and what failed are counted in the line for all', () => {
  const stderr = new CapturedStream();
  const streams = { stdout: new CapturedStream(), stderr };
  const terminal = new Terminal({ ...streams, json: false, quiet: false, color: false, redact: (text) => text });
  let nowMs = 0;
  using lines = new UploadLines(terminal, { now: () => nowMs });
  lines.event(event('a', { stage: 'complete', message: 'Complete: /mnt/a.mp4' }));
  lines.event(event('b', { stage: 'complete', message: 'There already: /mnt/b.mp4', isPresent: true }));
  lines.event(event('c', { stage: 'failed', message: 'It is too large.' }));
  expect(stderr.lines).toEqual(['a.mp4: Complete: /mnt/a.mp4']);
  nowMs = 5000;
  lines.event(event('d', { stage: 'complete', message: 'There already: /mnt/d.mp4', isPresent: true }));
  lines.event(event('e', {}));
  lines.measured({ fileCount: 12, bytes: 4800 });
  nowMs = 10_000;
  lines.event(event('e', {}));
  expect(stderr.lines.slice(1)).toEqual([
    '4 files (2 there already, 1 failed), 1.2 kB, 0 B/s',
    '4 of 12 files (2 there already, 1 failed), 1.2 kB of 4.4 kB, 0 B/s',
  ]);
});

it('what an unfinished upload keeps is said for each target, and of a bucket how to be rid of it', () => {
  const session = { remote: {}, parts: [{ sizeBytes: 5_000_000 }] };
  const sessions = [
    { ...session, target: 's3://bucket' },
    { ...session, target: 's3://bucket' },
    { ...session, target: 'dir:/mnt' },
    { ...session, target: 'dir:/other', parts: [] },
  ] as unknown as readonly UploadSession[];
  expect(keptLines(keptThere(sessions))).toEqual([
    's3://bucket keeps 10.0 MB of 2 unfinished files to go on with: parts that take room until then, or until chatferry upload sessions delete.',
    'dir:/mnt keeps 5.0 MB of 1 unfinished file to go on with.',
  ]);
});
