import { expect, it } from 'vitest';

import { ConcurrencyMetrics } from '../../src/metrics/concurrency-metrics.js';
import { exportReport, type ExportReportInput } from '../../src/pipeline/export-report.js';
import { checkConfiguration } from '../../src/pipeline/processor/processor-configuration.js';
import { CHAT, HELLO_FILE, PHOTO } from '../archive/sample-message.js';

const CONFIGURATION = checkConfiguration({ maxConcurrent: 6, memoryLimitMb: 1000.6, windowSize: 500 });
const CONCURRENCY = new ConcurrencyMetrics(() => 0).snapshot();

const INPUT: ExportReportInput = {
  chat: { chat: CHAT, folder: 'rust-gophers-channel42' },
  outcome: 'complete',
  startedMs: Date.UTC(2026, 4, 1, 12),
  endedMs: Date.UTC(2026, 4, 1, 12, 0, 2, 500),
  peakResidentBytes: 1234,
  cpuSeconds: 0.5,
  mode: 'window',
  configuration: CONFIGURATION,
  newMessageCount: 3,
  messageCount: 10,
  missing: [],
  noted: [],
  unreadable: [],
  derivativeProblems: [],
  concurrency: CONCURRENCY,
  series: [],
};

it('the report of a run has what it was, how long it took and what it did', () => {
  expect(exportReport(INPUT)).toEqual({
    version: 1,
    chat: expect.objectContaining({
      title: 'Rust & Gophers',
      kind: 'supergroup',
      folder: 'rust-gophers-channel42',
    }) as unknown,
    run: {
      outcome: 'complete',
      startedAt: '2026-05-01T12:00:00.000Z',
      endedAt: '2026-05-01T12:00:02.500Z',
      wallSeconds: 2.5,
      cpuSeconds: 0.5,
      peakResidentBytes: 1234,
      mode: 'window',
      maxConcurrent: 6,
      windowSize: 500,
      memoryLimitMb: 1001,
    },
    messages: { new: 3, total: 10, unreadable: [] },
    summary: '0 media, 0 B, peak 0, mean 0.0, throttled 0×',
    concurrency: CONCURRENCY,
    missing: [],
    notes: [],
    derivatives: { problems: [] },
    series: [],
  });
});

it('the report has what went wrong, where something did', () => {
  const gone = { ...PHOTO, unavailableReason: 'It destroyed itself.' };
  const named = { kind: 'document', role: 'main', fileName: 'a.pdf' } as const;
  const report = exportReport({
    ...INPUT,
    outcome: 'interrupted',
    error: 'Interrupted.',
    configuration: { ...CONFIGURATION, enableParallel: false },
    missing: [
      { messageId: 1, position: 0, media: gone, code: 'MEDIA_UNAVAILABLE', reason: 'It destroyed itself.' },
      { messageId: 2, position: 0, media: named, code: 'TIMEOUT', reason: 'No answer.' },
    ],
    unreadable: [{ id: 3, kind: 'undecoded' }],
  });
  expect(report['run']).toMatchObject({ outcome: 'interrupted', error: 'Interrupted.', maxConcurrent: 1 });
  expect(report['messages']).toEqual({ new: 3, total: 10, unreadable: [{ messageId: 3, kind: 'undecoded' }] });
  expect(report['missing']).toEqual([
    {
      messageId: 1,
      kind: 'photo',
      sizeBytes: 5,
      code: 'MEDIA_UNAVAILABLE',
      reason: 'It destroyed itself.',
      triedAgain: false,
    },
    { messageId: 2, kind: 'document', fileName: 'a.pdf', code: 'TIMEOUT', reason: 'No answer.', triedAgain: true },
  ]);
});

it('the report has what is unusual about files, by the size that was sent, and what was downloaded and made', () => {
  const small = { ...HELLO_FILE, original: { sizeBytes: 900, sha256: 'a'.repeat(64) } };
  const sizeless = { kind: 'photo', role: 'main' } as const;
  const described = {
    describedCount: 1,
    sharedCount: 0,
    derivativeCount: 2,
    derivativeBytes: 7,
    copyCount: 0,
    copySavedBytes: 0,
  };
  const downloads = {
    bytes: 5,
    seconds: 1,
    bytesPerSecond: 5,
    peakConnections: 1,
    peakInFlightRequests: 1,
    limit: 1,
    decisionCounts: {},
    series: [],
    decisions: [],
  };
  const report = exportReport({
    ...INPUT,
    noted: [
      { messageId: 1, media: { ...PHOTO, sizeBytes: 6 }, file: HELLO_FILE, note: 'Another size.' },
      { messageId: 2, media: sizeless, file: small, note: 'Replaced.' },
    ],
    described,
    downloads,
  });
  expect(report['notes']).toEqual([
    {
      messageId: 1,
      kind: 'photo',
      path: HELLO_FILE.path,
      announcedBytes: 6,
      sizeBytes: 5,
      note: 'Another size.',
    },
    { messageId: 2, kind: 'photo', path: HELLO_FILE.path, sizeBytes: 900, note: 'Replaced.' },
  ]);
  expect(report['derivatives']).toEqual({ ...described, problems: [] });
  expect(report['downloads']).toBe(downloads);
});
