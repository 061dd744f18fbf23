import { randomBytes } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import type { Media } from '../../../../src/chat/media.js';
import type { Message } from '../../../../src/chat/message.js';
import type { Fault, FaultAnswer, FaultRequest } from '../../../../src/simulator/server/network.js';
import type { LiveSource } from '../../../../src/source/live-source.js';
import type { DownloadedFile } from '../../../../src/source/message-source.js';
import {
  addGroup,
  emptyWorld,
  fileOf,
  neverAborted,
  postDocument,
  postedMedia,
  sha256,
  SimulatedTelegram,
} from '../simulated-telegram.js';

const PART = 512 * 1024;
const PART_COUNT = 8;
const BYTES = randomBytes((PART_COUNT - 1) * PART + 4321);
const OFFSETS: readonly number[] = Array.from({ length: PART_COUNT }, (_, index) => index * PART);
const TIMEOUT_MS = 700;

let telegram: SimulatedTelegram;
let source: LiveSource;
let message: Message;
let media: Media;

beforeAll(async () => {
  const world = emptyWorld();
  const peer = addGroup(world, 1);
  telegram = await SimulatedTelegram.start(world);
  source = await telegram.openSource({ requestTimeoutMs: TIMEOUT_MS });
  const document = world.addDocument({ file: fileOf(BYTES), mimeType: 'application/zip', attributes: [], dcId: 2 });
  const id = postDocument(world, peer, document);
  ({ message, media } = await postedMedia(source, id));
});

afterEach(async () => {
  telegram.simulator.setNetwork({});
  await rm(path(), { force: true });
});

afterAll(() => telegram[Symbol.asyncDispose]());

function path(): string {
  return join(telegram.folder, 'file');
}

function download(): Promise<DownloadedFile> {
  return source.download(message, media, { path: path(), signal: neverAborted() });
}

async function expectWhole(): Promise<void> {
  expect(await download()).toEqual({ sizeBytes: BYTES.length, sha256: sha256(BYTES) });
  expect((await readFile(path())).equals(BYTES)).toBe(true);
}

/** A request for a part, with how often that part was asked for, this time included. */
interface Asked extends FaultRequest {
  readonly offset: number;
  readonly trial: number;
}

/** Lets `judge` answer the requests for parts. @returns how often each was asked for, by its offset. */
function onParts(judge: (asked: Asked) => FaultAnswer | undefined, latencyMs = 0): Map<number, number> {
  const counts = new Map<number, number>();
  const fault: Fault = (request) => {
    if (request.method !== 'upload.getFile') return undefined;
    const offset = Number(request.params['offset']);
    const trial = (counts.get(offset) ?? 0) + 1;
    counts.set(offset, trial);
    return judge({ ...request, offset, trial });
  };
  telegram.simulator.setNetwork({ fault, latencyMs });
  return counts;
}

const DAMAGES: readonly (readonly [string, (part: Buffer, offset: number) => Buffer])[] = [
  ['short by a byte', (part) => part.subarray(0, -1)],
  ['long by a byte', (part) => Buffer.concat([part, Buffer.alloc(1)])],
  ['empty', () => Buffer.alloc(0)],
  ['flipped in its first bit', (part) => flip(part, 0, 0x80)],
  ['flipped in its last bit', (part) => flip(part, part.length - 1, 1)],
  ['zeros', (part) => Buffer.alloc(part.length)],
  [
    'another part once more',
    (part, offset) => {
      const other = offset === 0 ? PART : 0;
      return BYTES.subarray(other, other + part.length);
    },
  ],
];

const POSITIONS = [
  ['first', 0],
  ['middle', 3 * PART],
  ['last', (PART_COUNT - 1) * PART],
] as const;

const CASES = DAMAGES.flatMap(([title, damage]) =>
  POSITIONS.map(([position, offset]) => ({ title, position, offset, damage })),
);

function flip(part: Buffer, at: number, bit: number): Buffer {
  const flipped = Buffer.from(part);
  flipped.writeUInt8(flipped.readUInt8(at) ^ bit, at);
  return flipped;
}

function ascending(one: number, other: number): number {
  return one - other;
}

function served(bytes: Uint8Array): FaultAnswer {
  return { answer: { _: 'upload.file', type: { _: 'storage.fileUnknown' }, mtime: 0, bytes } };
}

describe('a part of a file', () => {
  it.each(CASES)('the $position: $title is detected, and requested once more', async ({ offset: wrong, damage }) => {
    const counts = onParts(({ offset, trial }) =>
      offset === wrong && trial === 1 ? served(damage(BYTES.subarray(offset, offset + PART), offset)) : undefined,
    );
    await expectWhole();
    expect(counts).toEqual(new Map(OFFSETS.map((offset) => [offset, offset === wrong ? 2 : 1])));
  });

  it.each(CASES)(
    'the $position: $title again and again is an error, and no file',
    async ({ offset: wrong, damage }) => {
      const counts = onParts(({ offset }) =>
        offset === wrong ? served(damage(BYTES.subarray(offset, offset + PART), offset)) : undefined,
      );
      await expect(download()).rejects.toMatchObject({ code: 'CONTENT_MISMATCH', retryable: true });
      expect(counts.get(wrong)).toBe(3);
      expect(await readdir(telegram.folder)).toEqual([]);
    },
  );
});

describe('over a bad network a file arrives intact, and', () => {
  it.each([3, 5, 8])('if every %i. request closes its connection, only requests on it are repeated', async (nth) => {
    let number = 0;
    const cut = new Set<number>();
    const lastConnection = new Map<number, number>();
    const unexplained: number[] = [];
    const counts = onParts(({ connectionId, offset, trial }) => {
      number += 1;
      const before = lastConnection.get(offset);
      if (before !== undefined && !cut.has(before)) unexplained.push(offset);
      lastConnection.set(offset, connectionId);
      // Only the first requests of a part: some time it has to come through.
      if (trial > 2 || number % nth !== 0) return undefined;
      cut.add(connectionId);
      return 'drop';
    }, 5);
    await expectWhole();
    expect(cut.size).toBeGreaterThan(0);
    expect(unexplained).toEqual([]);
    expect([...counts.keys()].sort(ascending)).toEqual(OFFSETS);
  });

  it('only unanswered requests are repeated', async () => {
    const silent = new Set([PART, 4 * PART]);
    const counts = onParts(({ offset, trial }) => (silent.has(offset) && trial === 1 ? 'silent' : undefined));
    await expectWhole();
    expect(counts).toEqual(new Map(OFFSETS.map((offset) => [offset, silent.has(offset) ? 2 : 1])));
  });

  it('if a connection falls silent, requests over others are not repeated', async () => {
    let silentId: number | undefined;
    const lost: number[] = [];
    const counts = onParts(({ connectionId, offset, trial }) => {
      silentId ??= connectionId;
      if (connectionId !== silentId) return undefined;
      if (trial === 1) lost.push(offset);
      return 'silent';
    });
    await expectWhole();
    for (const [offset, count] of counts) expect(count > 1, `part at ${offset}`).toBe(lost.includes(offset));
  });

  it('if answers are slow, nothing is requested twice', async () => {
    const counts = onParts(({ callNumber }) => ({ delayMs: (callNumber % 3) * (TIMEOUT_MS / 5) }));
    await expectWhole();
    expect(counts).toEqual(new Map(OFFSETS.map((offset) => [offset, 1])));
  });

  it('with low bandwidth, nothing is requested twice', async () => {
    const counts = new Map<number, number>();
    telegram.simulator.setNetwork({
      bandwidthBytesPerSecond: 4_000_000,
      fault: ({ method, params }) => {
        const offset = Number(params['offset']);
        if (method === 'upload.getFile') counts.set(offset, (counts.get(offset) ?? 0) + 1);
        return undefined;
      },
    });
    await expectWhole();
    expect([...counts.values()].every((count) => count === 1)).toBe(true);
  });

  it('if references expire between any two parts, only refused requests are repeated', async () => {
    let refused = 0;
    const counts = onParts(({ trial, offset }) => {
      if (trial > 1 || offset % (2 * PART) !== 0) return undefined;
      refused += 1;
      return { error: 'FILE_REFERENCE_EXPIRED' };
    });
    await expectWhole();
    const again = [...counts.values()].reduce((sum, count) => sum + count - 1, 0);
    expect(again).toBe(refused);
  });
});
