import { createHash } from 'node:crypto';
import { open, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

import { expect, it, onTestFinished } from 'vitest';

import { Archive } from '../../../../src/archive/archive.js';
import type { WorldFile } from '../../../../src/simulator/world/world.js';
import { temporaryDirectory } from '../../../archive/temporary-directory.js';
import {
  addGroup,
  emptyWorld,
  neverAborted,
  postDocument,
  postedMedia,
  SimulatedTelegram,
} from '../simulated-telegram.js';

const PART = 1024 * 1024; // As large files come.
const GIB = 1024 ** 3;
const SIZE_BYTES = 4 * GIB + PART + 100;
/** Parts that begin where an offset stops to fit into 31 and 32 bits, and the end of the file. */
const ODD_OFFSETS = [2 * GIB, 4 * GIB, 4 * GIB + PART];

/** Nothing but zeros, save for the odd parts, each of which is full of a value of its own. No byte of it is stored. */
const SPARSE: WorldFile = {
  sizeBytes: SIZE_BYTES,
  read(offset, length) {
    const bytes = Buffer.alloc(Math.max(0, Math.min(length, SIZE_BYTES - offset)));
    const inside = (position: number): number => Math.min(bytes.length, Math.max(0, position - offset));
    for (const [index, begin] of ODD_OFFSETS.entries()) bytes.fill(index + 1, inside(begin), inside(begin + PART));
    return bytes;
  },
};

it('a nearly complete file beyond 4 GiB is resumed at its high offsets', { timeout: 180_000 }, async () => {
  const world = emptyWorld();
  const peer = addGroup(world, 1);
  await using telegram = await SimulatedTelegram.start(world);
  const document = world.addDocument({ file: SPARSE, mimeType: 'video/mp4', attributes: [], dcId: 2 });
  const id = postDocument(world, peer, document);
  const source = await telegram.openSource();
  const { message, media } = await postedMedia(source, id);
  expect(media.sizeBytes).toBe(SIZE_BYTES);

  const archive = await Archive.open(temporaryDirectory());
  onTestFinished(() => {
    archive.close();
  });
  const journal = archive.parts.of('chat', media.remoteId ?? '');
  journal.completed({ sizeBytes: SIZE_BYTES, version: '2', partBytes: PART });
  const zeros = Buffer.alloc(PART);
  const zerosCrc32 = crc32(zeros);
  const hash = createHash('sha256');
  for (let offset = 0; offset < SIZE_BYTES; offset += PART) {
    const isOdd = ODD_OFFSETS.includes(offset);
    hash.update(isOdd ? SPARSE.read(offset, PART) : zeros);
    if (!isOdd) journal.record({ offset, sizeBytes: PART, crc32: zerosCrc32 });
  }
  const path = join(telegram.folder, 'file');
  await writeFile(path, '');
  await truncate(path, 4 * GIB);

  const asked: number[] = [];
  telegram.simulator.setNetwork({
    fault: ({ method, params }) => {
      if (method === 'upload.getFile') asked.push(Number(params['offset']));
      return undefined;
    },
  });
  const file = await source.download(message, media, { path, journal, signal: neverAborted() });

  expect(asked.sort((one, other) => one - other)).toEqual(ODD_OFFSETS);
  expect(file).toEqual({ sizeBytes: SIZE_BYTES, sha256: hash.digest('hex') });
  await using handle = await open(path);
  for (const offset of ODD_OFFSETS) {
    const { buffer } = await handle.read(Buffer.alloc(100), 0, 100, offset);
    expect(buffer.equals(SPARSE.read(offset, 100) as Buffer)).toBe(true);
  }
});
