import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type ExportSummary, runExport } from '../../../src/app/export/create-export.js';
import { processMedia } from '../../../src/app/process-media.js';
import { Archive } from '../../../src/archive/archive.js';
import type { Chat } from '../../../src/chat/chat.js';
import { loadSettings } from '../../../src/config/load-settings.js';
import type { ProgressEvent } from '../../../src/pipeline/export-progress.js';
import { ParallelMediaProcessor } from '../../../src/pipeline/processor/parallel-media-processor.js';
import type { Fault } from '../../../src/simulator/server/network.js';
import { patternedFile } from '../../../src/simulator/world/world-file.js';
import { desktopJson } from '../../../src/render/desktop-json.js';
import type { LiveSource } from '../../../src/source/live-source.js';
import { openTelegramSource } from '../../../src/source/telegram/telegram-source.js';
import { FERRY_USERNAME, FerryWorld } from '../../e2e/ferry-world.js';
import { neverAborted, SimulatedExport } from '../../e2e/simulated-export.js';
import { AUTOMATIC } from '../../source/telegram/patience.js';

const PIER_SIZES = [30_003, 31_007, 52_001, 70_009, 90_001];
const MEBIBYTE = 1024 * 1024;

const ferry = new FerryWorld({ textCount: 40, hasForeign: false });
const pier = ferry.world.addChannel(8101n, 'Pier', { username: 'pier_one' });
for (const [index, sizeBytes] of PIER_SIZES.entries()) {
  const document = ferry.addDocument(patternedFile(900n + BigInt(index), sizeBytes), { name: `pier ${index}.bin` });
  ferry.world.post(pier, { message: '', media: { _: 'messageMediaDocument', document } });
}

let trip: SimulatedExport;
let source: LiveSource;
let ferryChat: Chat;
let pierChat: Chat;

beforeAll(async () => {
  trip = await SimulatedExport.start(ferry.world, `@${FERRY_USERNAME}`);
  source = await openTelegramSource({ ...trip.clientOptions(), ...AUTOMATIC });
  ferryChat = await source.resolveChat(`@${FERRY_USERNAME}`, neverAborted());
  pierChat = await source.resolveChat('@pier_one', neverAborted());
});
afterAll(async () => {
  await source.close();
  await trip[Symbol.asyncDispose]();
});

interface Job {
  readonly chat: Chat;
  readonly into: string;
  readonly archive?: Archive;
  readonly processor?: ParallelMediaProcessor;
  readonly events?: ProgressEvent[];
}

async function exportOf({ chat, into, archive, processor, events = [] }: Job): Promise<ExportSummary> {
  const { settings } = loadSettings({
    cwd: trip.directory,
    env: { TIME_ZONE: 'UTC', MEDIA_DERIVATIVES: 'false' },
    flags: { exportDir: trip.path(into) },
  });
  return await runExport({
    ...{ settings, source, archive, processor, chats: [chat], renderers: [desktopJson], signal: neverAborted() },
    reporter: { event: (event) => events.push(event) },
  });
}

/** What tells one run's figures from another's, as report.json has them too. */
function figures({ metrics, chats }: ExportSummary): object {
  const { jobCount, bypassedCount, mediaCount, failedMediaCount, bytes, byKind, duplicates } = metrics;
  const { newMessageCount, messageCount } = chats[0] ?? {};
  return {
    ...{ jobCount, bypassedCount, mediaCount, failedMediaCount, bytes, byKind, duplicates },
    ...{ newMessageCount, messageCount },
  };
}

interface Downloads {
  readonly bytes: number;
  readonly series: readonly { readonly bytes: number }[];
}

/** How many bytes `report.json` says were downloaded. */
async function downloadedBytes(summary: ExportSummary): Promise<number> {
  const { downloads } = (await document(summary, 'report.json')) as { readonly downloads?: Downloads };
  const { bytes = 0, series = [] } = downloads ?? {};
  expect(series.reduce((sum, point) => sum + point.bytes, 0)).toBe(bytes);
  return bytes;
}

async function document(summary: ExportSummary, name: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(summary.chats[0]?.folder ?? '', name), 'utf8')) as Record<string, unknown>;
}

describe('two exports at the same time, over one processor, one source and one archive', () => {
  it('have the figures and the bytes that each has alone, and events under their own ids', async () => {
    const [ferryAlone, pierAlone] = [
      await exportOf({ chat: ferryChat, into: 'ferry alone' }),
      await exportOf({ chat: pierChat, into: 'pier alone' }),
    ];
    const processor = new ParallelMediaProcessor({ maxConcurrent: 2, memoryLimitMb: 100_000 });
    using archive = await Archive.open(trip.path('shared'));
    const events: ProgressEvent[] = [];
    let partCount = 0;
    const fault: Fault = ({ method }) => {
      if (method !== 'upload.getFile') return undefined;
      partCount += 1;
      return partCount === 4 ? { error: 'FLOOD_WAIT_1' } : undefined;
    };
    trip.simulator.setNetwork({ fault });
    const shared = { into: 'shared', archive, processor, events };
    const [ferryRun, pierRun] = await Promise.all([
      exportOf({ ...shared, chat: ferryChat }),
      exportOf({ ...shared, chat: pierChat }),
    ]);
    trip.simulator.setNetwork({});

    expect(figures(ferryRun)).toEqual(figures(ferryAlone));
    expect(figures(pierRun)).toEqual(figures(pierAlone));
    expect(pierRun.metrics).toMatchObject({
      jobCount: PIER_SIZES.length,
      bytes: PIER_SIZES.reduce((sum, size) => sum + size, 0),
    });
    for (const [run, alone] of [
      [ferryRun, ferryAlone],
      [pierRun, pierAlone],
    ] as const) {
      expect(run.metrics.peakConcurrency).toBeLessThanOrEqual(2);
      expect(await document(run, 'report.json')).toMatchObject({
        concurrency: { jobCount: run.metrics.jobCount, bytes: run.metrics.bytes },
        run: { outcome: 'complete', maxConcurrent: 2 },
      });
      expect(await document(run, 'result.json')).toEqual(await document(alone, 'result.json'));
      expect(await downloadedBytes(run)).toBe(await downloadedBytes(alone));
    }
    expect(processor.metrics().jobCount).toBe(0);
    expect(processor.permitsHeld).toBe(0);

    expect(ferryRun.runId).not.toBe(pierRun.runId);
    const of = (runId: string): ProgressEvent[] => events.filter((event) => event.runId === runId);
    expect(of(ferryRun.runId).length + of(pierRun.runId).length).toBe(events.length);
    for (const [{ runId, metrics }, chat] of [
      [ferryRun, ferryChat],
      [pierRun, pierChat],
    ] as const) {
      expect(of(runId).filter(({ type }) => type === 'flood-wait')).toMatchObject([{ method: 'upload.getFile' }]);
      expect(of(runId).flatMap((event) => ('chat' in event ? [event.chat.id] : []))).toEqual([
        chat.id,
        chat.id,
        chat.id,
      ]);
      expect(of(runId).find(({ type }) => type === 'chat-finished')).toMatchObject({ mediaDone: metrics.mediaCount });
    }
    // The archive was handed over open, and is open still.
    expect(archive.runs().map(({ end }) => end?.outcome)).toEqual(['complete', 'complete']);
  });

  it('are both told that memory is high, and both finish with one permit between them', async () => {
    const processor = new ParallelMediaProcessor(
      { maxConcurrent: 4, memoryLimitMb: 1 },
      { readResidentBytes: () => Promise.resolve(2 * MEBIBYTE) },
    );
    using archive = await Archive.open(trip.path('throttled'));
    const events: ProgressEvent[] = [];
    const shared = { into: 'throttled', archive, processor, events };
    const runs = await Promise.all([exportOf({ ...shared, chat: ferryChat }), exportOf({ ...shared, chat: pierChat })]);
    for (const { runId, metrics, exitCode } of runs) {
      expect(exitCode).toBe(0);
      expect(metrics).toMatchObject({ peakConcurrency: 1, throttleCount: 1 });
      expect(events.filter((event) => event.type === 'throttle' && event.runId === runId)).toMatchObject([
        { on: true, limitBytes: MEBIBYTE },
      ]);
    }
  });
});

describe('an export beside a processing of files, over one processor', () => {
  it('have each their own figures', async () => {
    const alone = await exportOf({ chat: pierChat, into: 'beside alone' });
    const processor = new ParallelMediaProcessor({ maxConcurrent: 3, memoryLimitMb: 100_000 });
    const folder = trip.path('pictures');
    await mkdir(folder);
    const files = await Promise.all(
      [40, 50, 60].map(async (width) => {
        const picture = sharp({ create: { width, height: 30, channels: 3, background: 'teal' } }).png();
        const bytes = await picture.toBuffer();
        await writeFile(join(folder, `${width}.png`), bytes);
        return { path: join(folder, `${width}.png`), sizeBytes: bytes.length };
      }),
    );
    const broken = join(folder, 'absent.png');
    const run = processor.startRun();
    const process = async (): Promise<readonly string[]> => {
      const paths: string[] = [];
      const names = [...files.map(({ path }) => path), broken];
      for await (const { path, state } of processMedia(names, { workers: 2, run })) paths.push(`${state} ${path}`);
      return paths;
    };
    const [summary, processed] = await Promise.all([
      exportOf({ chat: pierChat, into: 'beside', processor }),
      process(),
    ]);
    expect(figures(summary)).toEqual(figures(alone));
    expect(processed).toEqual([...files.map(({ path }) => `done ${path}`), `failed ${broken}`]);
    expect(run.metrics()).toMatchObject({
      jobCount: 4,
      failedJobCount: 1,
      mediaCount: 4,
      failedMediaCount: 1,
      bytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      byKind: { photo: { total: 3, failed: 0 }, document: { total: 1, failed: 1, bytes: 0 } },
      fallbackCount: 0,
    });
    expect(processor.permitsHeld).toBe(0);
  });
});
