import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { MediaRecord } from '../../../src/chat/record.js';
import type { Fault, FaultAnswer } from '../../../src/simulator/server/network.js';
import type { TlObject } from '../../../src/simulator/tl/tl-object.js';
import { patternedFile, sha256OfFile } from '../../../src/simulator/world/world-file.js';
import type { WorldFile } from '../../../src/simulator/world/world.js';
import { expectFilesOfRecords, readArchive } from '../archive-check.js';
import { DOCUMENTS_CHAT, DocumentsWorld } from '../documents-world.js';
import { onParts, type PartRequest } from '../part-fault.js';
import { SimulatedExport } from '../simulated-export.js';

const PART = 512 * 1024;
const MB = 1024 * 1024;

/** True sizes at the borders of blocks, hashes and parts, and between. */
const trueSize = fc.oneof(
  fc.constantFrom(0, 1, 4095, 4096, 4097, 128 * 1024, PART - 1, PART, PART + 1, 2 * PART, 3 * PART + 777),
  fc.integer({ min: 1, max: 3 * PART }),
);
/** What is announced of a file: nothing, the truth, a little or much more or less, a border. */
const announcement = fc.oneof(
  fc.constant(() => 0),
  fc.constantFrom(-4096, -1, 0, 1, 4096).map((difference) => (size: number) => Math.max(0, size + difference)),
  fc.constantFrom(1, 4096, 128 * 1024, PART, 2 * PART, 4 * PART).map((announced) => () => announced),
);
const scene = fc.record({
  files: fc.array(fc.record({ size: trueSize, announce: announcement }), { minLength: 8, maxLength: 14 }),
  /** Whether Telegram tells hashes of its files. */
  hasHashes: fc.boolean(),
  /** Of each file, at which part a line is cut once. */
  cutAt: fc.constantFrom(undefined, 0, PART),
});

function served(file: WorldFile, offset: number, length: number): FaultAnswer {
  const bytes = file.read(offset, length);
  return { answer: { _: 'upload.file', type: { _: 'storage.filePartial' }, mtime: 0, bytes } };
}

/** Refuses hashes, as a server that has no such method. */
function withoutHashes(fault: Fault): Fault {
  return (request) => (request.method === 'upload.getFileHashes' ? { error: 'METHOD_INVALID' } : fault(request));
}

async function recordsOf(trip: SimulatedExport): Promise<readonly MediaRecord[]> {
  const { records, folder } = await readArchive(trip.path());
  await expectFilesOfRecords(folder, records);
  return records.flatMap(({ media }) => media);
}

describe('whatever size is announced', () => {
  it('the bytes that the server has are kept, with a note where the size is another, and nothing is fetched again', async () => {
    await fc.assert(
      fc.asyncProperty(scene, async ({ files, hasHashes, cutAt }) => {
        const documents = new DocumentsWorld();
        const posted = files.map(({ size, announce }, index) => {
          const file = patternedFile(BigInt(index + 1), size);
          const announced = announce(size);
          return { ...documents.post(file, announced), file, announced };
        });
        const judge = ({ id, offset, trial }: PartRequest): FaultAnswer | undefined => {
          const file = posted.find((document) => document.id === id)?.file;
          if (file === undefined || offset !== cutAt || trial > 1) return undefined;
          return served(file, offset, 1000);
        };
        await using trip = await SimulatedExport.start(documents.world, DOCUMENTS_CHAT);
        const fault = hasHashes ? onParts(judge) : withoutHashes(onParts(judge));
        expect(await trip.run({ network: { fault } })).toMatchObject({ exitCode: 0, error: undefined });
        const records = await recordsOf(trip);
        expect(records.map((record) => (record.state === 'stored' ? record.file : record))).toMatchObject(
          posted.map(({ file }) => ({ sizeBytes: file.sizeBytes, sha256: sha256OfFile(file) })),
        );
        expect(records.map((record) => record.state === 'stored' && record.note !== undefined)).toEqual(
          posted.map(({ file, announced }) => announced !== 0 && announced !== file.sizeBytes),
        );
        expect(await trip.run()).toMatchObject({ exitCode: 0, partRequests: 0 });
      }),
      { numRuns: 12, endOnFailure: true },
    );
  }, 240_000);

  it('the note stands in report.json and in the summary, and a second message with the file costs no request', async () => {
    const documents = new DocumentsWorld();
    const { messageId } = documents.post(patternedFile(1n, 10_000), 11_000);
    await using trip = await SimulatedExport.start(documents.world, DOCUMENTS_CHAT);
    const end = await trip.run();
    expect(end.summary?.chats[0]?.noted).toMatchObject([{ messageId, note: /11000 bytes were announced.* 10000/ }]);
    const { folder } = await readArchive(trip.path());
    const report = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as Record<string, unknown>;
    expect(report['notes']).toMatchObject([{ messageId, announcedBytes: 11_000, sizeBytes: 10_000 }]);

    const media = documents.world.message(documents.peer, messageId)?.['media'] as TlObject;
    documents.world.post(documents.peer, { message: 'Again', media });
    expect(await trip.run()).toMatchObject({ exitCode: 0, partRequests: 0 });
    expect(await recordsOf(trip)).toMatchObject([{ state: 'stored' }, { state: 'stored', note: /11000/ }]);
  });
});

describe('a server that always cuts a part of a file', () => {
  const size = 2 * PART + 100;
  const cases = [
    ['whose size is known, in the middle', size, PART, true],
    ['whose size is known, in the middle, and that has no hashes', size, PART, false],
    ['whose size is known, at the end', size, 2 * PART, true],
    ['whose size is not announced, at the start', 0, 0, true],
    ['whose size is not announced, at the start, and that has no hashes', 0, 0, false],
    ['whose size is not announced, in the middle, and that has no hashes', 0, PART, false],
  ] as const;
  it.each(cases)('%s is not taken for one that has a shorter file', async (_, announced, cutAt, hasHashes) => {
    const documents = new DocumentsWorld();
    const file = patternedFile(1n, size);
    const { messageId } = documents.post(file, announced);
    await using trip = await SimulatedExport.start(documents.world, DOCUMENTS_CHAT);
    // The line is cut, whatever it carries: so are all answers to the same question.
    const cut: Fault = ({ method, params }) =>
      method === 'upload.getFile' && Number(params['offset']) === cutAt && Number(params['limit']) >= PART
        ? served(file, cutAt, 60)
        : undefined;
    const end = await trip.run({ network: { fault: hasHashes ? cut : withoutHashes(cut) } });
    expect(end.exitCode).toBe(4);
    expect(end.summary?.chats[0]?.missing).toMatchObject([{ messageId, code: 'CONTENT_MISMATCH' }]);
    const { folder } = await readArchive(trip.path());
    expect(await readdir(folder)).not.toContain('.partial'); // Wrong bytes are no good to go on with.

    expect(await trip.run()).toMatchObject({ exitCode: 0 });
    expect(await recordsOf(trip)).toMatchObject([{ file: { sizeBytes: size, sha256: sha256OfFile(file) } }]);
  });
});

describe('an empty answer to a question for a file whose size is not announced', () => {
  it.each([true, false])('is not taken for an empty file while the line is cut (hashes: %s)', async (hasHashes) => {
    const documents = new DocumentsWorld();
    const file = patternedFile(1n, 3_000);
    documents.post(file, 0);
    await using trip = await SimulatedExport.start(documents.world, DOCUMENTS_CHAT);
    const cut = onParts(({ trial }) => (trial === 1 ? served(file, 3_000, 1) : undefined));
    const end = await trip.run({ network: { fault: hasHashes ? cut : withoutHashes(cut) } });
    expect(end).toMatchObject({ exitCode: 0, error: undefined });
    expect(await recordsOf(trip)).toMatchObject([{ file: { sizeBytes: 3_000, sha256: sha256OfFile(file) } }]);
  });
});

describe('MAX_MEDIA_SIZE_MB', () => {
  it.each([
    ['nobody announced its size', 0],
    ['it was announced smaller', 100_000],
  ])('leaves a file out that grows beyond it while it is read: %s', async (_, announced) => {
    const documents = new DocumentsWorld();
    documents.post(patternedFile(1n, 5 * MB), announced);
    const small = patternedFile(2n, 70_000);
    documents.post(small, announced);
    await using trip = await SimulatedExport.start(documents.world, DOCUMENTS_CHAT);
    const env = { MAX_MEDIA_SIZE_MB: '1' };
    const end = await trip.run({ env });
    expect(end).toMatchObject({ exitCode: 0, error: undefined });
    expect(end.partRequests).toBeLessThanOrEqual(6); // Not to the end.
    const expected = [
      { state: 'skipped', reason: 'too-large' },
      { state: 'stored', file: { sha256: sha256OfFile(small) } },
    ];
    expect(await recordsOf(trip)).toMatchObject(expected);

    expect(await trip.run({ env })).toMatchObject({ exitCode: 0, partRequests: 0 }); // Not in vain every time.
    expect(await trip.run({ env: { MAX_MEDIA_SIZE_MB: '6' } })).toMatchObject({ exitCode: 0 });
    expect(await recordsOf(trip)).toMatchObject([{ state: 'stored', file: { sizeBytes: 5 * MB } }, expected[1]]);
  });
});

describe('a file whose size is not announced', () => {
  it('is gone on with after an interruption, and no part of it is fetched twice', async () => {
    const documents = new DocumentsWorld();
    const file = patternedFile(1n, 5 * PART + 9);
    documents.post(file, 0);
    await using trip = await SimulatedExport.start(documents.world, DOCUMENTS_CHAT);
    const controller = new AbortController();
    const asked: number[] = [];
    const fault = onParts(({ offset }) => {
      asked.push(offset);
      if (offset === 3 * PART) controller.abort(new Error('enough'));
      return undefined;
    });
    await trip.run({ network: { fault }, signal: controller.signal });
    expect(asked).toEqual([0, PART, 2 * PART, 3 * PART]);
    asked.length = 0;
    expect(await trip.run({ network: { fault } })).toMatchObject({ exitCode: 0 });
    expect(asked).toEqual([3 * PART, 4 * PART, 5 * PART]);
    expect(await recordsOf(trip)).toMatchObject([{ file: { sizeBytes: 5 * PART + 9, sha256: sha256OfFile(file) } }]);
  });
});
