import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { expect } from 'vitest';

import type { FaultAnswer } from '../../../src/simulator/server/network.js';
import { SeededRandom } from '../../../src/simulator/world/seeded-random.js';
import type { WorldFile } from '../../../src/simulator/world/world.js';
import { patternedFile } from '../../../src/simulator/world/world-file.js';
import { expectWhole, readArchive, treeOf } from '../archive-check.js';
import { FERRY_USERNAME, FerryWorld } from '../ferry-world.js';
import { onParts } from '../part-fault.js';
import { SimulatedExport } from '../simulated-export.js';

export interface SoakOptions {
  readonly fileCount: number;
  readonly seed: number;
  /** Called now and then with what is measured. */
  readonly onProgress?: (text: string) => void;
}

/** What a soak did and measured. */
export interface SoakReport {
  readonly fileCount: number;
  readonly seconds: number;
  /** How often each kind of trouble befell a request for a part. */
  readonly troubles: Readonly<Record<string, number>>;
  readonly partRequests: number;
  readonly missingCount: number;
  /** Live memory after a full collection, oldest first: what the client and the server beside it hold. */
  readonly liveBytes: readonly number[];
  /** The mean of the last quarter of them over that of the first. */
  readonly liveGrowthBytes: number;
  /** Resident memory at the same moments. */
  readonly residentBytes: readonly number[];
  readonly mostConnections: number;
}

/** One request for a part in twenty meets with trouble. */
const TROUBLED_RATIO = 0.05;
/** Of so many files, one cannot be had at all: it must be listed, and come with the next run. */
const HOPELESS_EVERY = 250;
const SAMPLE_COUNT = 20;
const TROUBLES = ['error', 'drop', 'silence', 'flood', 'flipped', 'short', 'reference'] as const;
type Trouble = (typeof TROUBLES)[number];

/**
 * Exports a chat of many small files over a line on which one request in twenty goes wrong, and some files always do. At
 * the end every file is right or listed, and nothing is left over: no connection, no handle, no permit, no memory.
 */
export async function soak({ fileCount, seed, onProgress }: SoakOptions): Promise<SoakReport> {
  const random = new SeededRandom(seed);
  const ferry = new FerryWorld({ textCount: 0, hasForeign: false });
  const hopeless = new Map<bigint, Trouble>();
  const hopelessIds: number[] = [];
  const files = new Map<bigint, WorldFile>();
  for (let index = 0; index < fileCount; index += 1) {
    const file = patternedFile(BigInt(1000 + index), random.int(100, 30_000));
    const messageId = ferry.postDocument(file, { name: `file ${index}.bin` });
    files.set(ferry.documentId(messageId), file);
    if (index % HOPELESS_EVERY !== 7) continue;
    hopeless.set(ferry.documentId(messageId), random.pick(['error', 'flipped', 'short', 'reference'] as const));
    hopelessIds.push(messageId);
  }
  await using trip = await SimulatedExport.start(ferry.world, `@${FERRY_USERNAME}`);
  // The simulator keeps what it has made of each message: after this it has made all.
  expect((await trip.run({ into: 'untroubled' })).exitCode).toBe(0);
  const untroubled = await treeOf(trip.path('untroubled'));
  const handlesBefore = handles();

  const troubles: Record<string, number> = {};
  const fault = onParts(({ id }) => {
    const trouble = hopeless.get(id) ?? (random.chance(TROUBLED_RATIO) ? random.pick(TROUBLES) : undefined);
    if (trouble === undefined) return undefined;
    troubles[trouble] = (troubles[trouble] ?? 0) + 1;
    return hopeless.has(id) && trouble === 'error' ? { error: 'LOCATION_INVALID' } : answerOf(trouble, files.get(id));
  });
  const liveBytes: number[] = [];
  const residentBytes: number[] = [];
  let mostConnections = 0;
  let nextSample = 0;
  const startedMs = performance.now();
  const end = await trip.run({
    network: { fault },
    client: { requestTimeoutMs: 1000 },
    env: { MAX_PARALLEL_MEDIA: '0' },
    onEvent: (event) => {
      mostConnections = Math.max(mostConnections, trip.simulator.openConnectionCount);
      if (event.type !== 'progress' || event.messagesDone < nextSample) return;
      nextSample += fileCount / SAMPLE_COUNT;
      liveBytes.push(liveMemory());
      residentBytes.push(process.memoryUsage.rss());
      onProgress?.(`${event.messagesDone} messages, ${megabytes(liveBytes.at(-1))} MB live`);
    },
  });
  const seconds = (performance.now() - startedMs) / 1000;

  expect(end.error).toBeUndefined();
  expect(end.exitCode).toBe(4);
  expect(end.downloads?.inFlightRequests).toBe(0);
  const { missing } = await readArchive(trip.path());
  const missingIds = [...new Set(missing.map(({ messageId }) => messageId))];
  expect(missingIds).toEqual(expect.arrayContaining(hopelessIds));
  await expectWhole(trip.path(), ferry, { missingIds });
  // What fails by chance only, over all its tries, is rare.
  expect(missingIds.length - hopelessIds.length).toBeLessThanOrEqual(fileCount / 500);

  const next = await trip.run();
  expect(next).toMatchObject({ exitCode: 0, error: undefined, partRequests: missingIds.length });
  await expectWhole(trip.path(), ferry);
  expect(await treeOf(trip.path())).toEqual(untroubled);
  expect(handles()).toEqual(handlesBefore);
  return {
    fileCount,
    seconds,
    troubles,
    partRequests: end.partRequests,
    missingCount: missingIds.length,
    liveBytes,
    liveGrowthBytes:
      mean(liveBytes.slice(-liveBytes.length >> 2)) - mean(liveBytes.slice(1, 1 + (liveBytes.length >> 2))),
    residentBytes,
    mostConnections,
  };
}

/** A file that is not known is one of the others of the chat: it is served as an empty part. */
function answerOf(trouble: Trouble, file: WorldFile | undefined): FaultAnswer {
  switch (trouble) {
    case 'error':
      return { error: 'INTERNAL', code: 500 };
    case 'drop':
      return 'drop';
    case 'silence':
      return 'silent';
    case 'flood':
      return { error: 'FLOOD_WAIT_1' };
    case 'reference':
      return { error: 'FILE_REFERENCE_EXPIRED' };
    case 'short':
      return partOf(file?.read(0, file.sizeBytes - 1) ?? new Uint8Array(0));
    case 'flipped': {
      const bytes = Uint8Array.from(file?.read(0, file.sizeBytes) ?? []);
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 4;
      return partOf(bytes);
    }
  }
}

function partOf(bytes: Uint8Array): FaultAnswer {
  return { answer: { _: 'upload.file', type: { _: 'storage.filePartial' }, mtime: 0, bytes } };
}

/** What would keep this process alive, by kind. Timers of the test runner come and go. */
function handles(): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) {
    if (kind !== 'Timeout' && kind !== 'Immediate') counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What is still held after a full collection. */
function liveMemory(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function megabytes(bytes: number | undefined): string {
  return ((bytes ?? 0) / 1e6).toFixed(1);
}
