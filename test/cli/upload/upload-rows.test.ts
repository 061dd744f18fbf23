import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { bytesRow, currentRow, filesRow } from '../../../src/cli/upload/upload-rows.js';
import { type UploadState, UploadTally } from '../../../src/cli/upload/upload-tally.js';
import type { UploadProgress } from '../../../src/upload/progress/upload-progress.js';

const EVENT: UploadProgress = {
  type: 'upload',
  taskId: '1',
  file: '/home/ada/films/harbour.mp4',
  target: 'dir:/mnt',
  stage: 'uploading',
  percentage: 25,
  message: 'Uploading',
  sizeBytes: 400,
  sentBytes: 100,
  totalBytes: 400,
  doneParts: 2,
  partCount: 12,
  bytesPerSecond: 50,
  timestampMs: 0,
};

const STATE: UploadState = {
  doneFiles: 3,
  presentFiles: 0,
  failedFiles: 1,
  doneBytes: 1_200_000_000,
  bytesPerSecond: 4_000_000,
  total: { fileCount: 12, bytes: 3_100_000_000 },
  current: EVENT,
};

const UNCOUNTED: UploadState = { ...STATE, total: undefined };

function bar(full: number, width: number): string {
  return '█'.repeat(full) + '░'.repeat(width - full);
}

describe('rows of an upload', () => {
  it('say all that they know on a wide screen', () => {
    expect(filesRow(STATE, 120)).toBe(`Files     ${bar(8, 24)} 4 of 12 · 1 failure`);
    expect(bytesRow(STATE, 475_000, 120)).toBe(
      `Bytes     ${bar(9, 24)} 38 % · 8 min left · 4.0 MB/s · 1.2 GB of 3.1 GB`,
    );
    expect(currentRow(EVENT, 120)).toBe('Now       harbour.mp4 · part 3 of 12 · Uploading');
  });

  it('keep what matters most on one of 40 columns', () => {
    expect(filesRow(STATE, 40)).toBe(`Files     ${bar(3, 10)} 4 of 12 · 1 failure`);
    expect(bytesRow(STATE, 475_000, 40)).toBe(`Bytes     ${bar(3, 10)} 38 % · 8 min left`);
    expect(currentRow({ ...EVENT, message: 'Resuming' }, 40)).toBe('Now       harbour.mp4 · part 3 of 12');
  });

  it('give numbers alone until it was counted how much there is, and where there is nothing', () => {
    expect(filesRow(UNCOUNTED, 80)).toBe('Files     4 done · 1 failure');
    expect(bytesRow(UNCOUNTED, undefined, 80)).toBe('Bytes     1.2 GB · 4.0 MB/s');
    const nothing = { ...STATE, failedFiles: 0, doneFiles: 0, doneBytes: 0, bytesPerSecond: 0 };
    expect(bytesRow({ ...nothing, total: { fileCount: 1, bytes: 0 } }, 0, 80)).toBe('Bytes     0 B');
    expect(currentRow(undefined, 80)).toBe('Now');
  });

  it('never say more than all where files have come since they were counted', () => {
    const more = { ...STATE, total: { fileCount: 2, bytes: 1_000_000_000 } };
    expect(filesRow(more, 80)).toContain(' 4 of 4 ');
    expect(bytesRow(more, 1000, 80)).toContain(' 100 % · 4.0 MB/s · 1.2 GB of 1.2 GB');
  });

  it('take a name as it can be shown, and never more columns than there are', () => {
    const shown = currentRow({ ...EVENT, file: '/x/a\u001B[2Jb\u202Egpj.exe\n' }, 120);
    for (const odd of ['\u001B', '\u202E', '\n']) expect(shown).not.toContain(odd);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.string(), fc.nat(), (columns, name, leftMs) => {
        const current = { ...EVENT, file: `/x/${name}`, message: name };
        for (const row of [filesRow(STATE, columns), bytesRow(STATE, leftMs, columns), currentRow(current, columns)])
          expect(row.length).toBeLessThanOrEqual(columns);
      }),
    );
  });
});

describe('the sum of what files tell', () => {
  it('is all bytes in the end, whether files were sent, sent compressed, or there before', () => {
    const tally = new UploadTally();
    tally.measured({ fileCount: 3, bytes: 1200 });
    tally.add({ ...EVENT, taskId: 'sent' });
    tally.add({ ...EVENT, taskId: 'compressed', sentBytes: 20, totalBytes: 40 });
    expect(tally.state).toMatchObject({ doneBytes: 100 + 200, bytesPerSecond: 100, doneFiles: 0 });
    tally.add({ ...EVENT, taskId: 'sent', stage: 'complete', sentBytes: 400 });
    tally.add({ ...EVENT, taskId: 'compressed', stage: 'complete', sentBytes: 40, totalBytes: 40 });
    tally.add({ ...EVENT, taskId: 'before', stage: 'complete', sentBytes: 400, partCount: 0 });
    expect(tally.state).toMatchObject({ doneFiles: 3, doneBytes: 1200, total: { bytes: 1200 }, current: undefined });
  });

  it('has no bytes of a file that failed, neither as done nor as to come', () => {
    const tally = new UploadTally();
    tally.measured({ fileCount: 2, bytes: 1000 });
    tally.add({ ...EVENT, taskId: 'failed' });
    tally.add({ ...EVENT, taskId: 'failed', stage: 'failed' });
    tally.add({ ...EVENT, taskId: 'sent', stage: 'complete', sizeBytes: 600, totalBytes: 600, sentBytes: 600 });
    expect(tally.state).toMatchObject({ doneFiles: 1, failedFiles: 1, doneBytes: 600, total: { bytes: 600 } });
  });
});
