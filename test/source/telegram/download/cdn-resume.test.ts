import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { Archive } from '../../../../src/archive/archive.js';
import type { Media } from '../../../../src/chat/media.js';
import type { Message } from '../../../../src/chat/message.js';
import type { LiveSource } from '../../../../src/source/live-source.js';
import type { DownloadJournal, DownloadedFile } from '../../../../src/source/message-source.js';
import { temporaryDirectory } from '../../../archive/temporary-directory.js';
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
const PART_COUNT = 9;
const CDN_DC = 203;
const BYTES = randomBytes((PART_COUNT - 1) * PART + 100);

let telegram: SimulatedTelegram;
let source: LiveSource;
let archive: Archive;
let journal: DownloadJournal;
let message: Message;
let media: Media;
let path: string;

beforeEach(async () => {
  const world = emptyWorld();
  const peer = addGroup(world, 1);
  telegram = await SimulatedTelegram.start(world, { cdnDcIds: [CDN_DC] });
  source = await telegram.openSource();
  const file = { file: fileOf(BYTES), mimeType: 'application/zip', attributes: [], dcId: 2, cdn: { dcId: CDN_DC } };
  const id = postDocument(world, peer, world.addDocument(file));
  ({ message, media } = await postedMedia(source, id));
  archive = await Archive.open(temporaryDirectory());
  journal = archive.parts.of('chat', media.remoteId ?? '');
  path = join(telegram.folder, 'file');
});

afterEach(async () => {
  archive.close();
  await telegram[Symbol.asyncDispose]();
});

/** Stops when `partCount` parts are recorded. @returns their offsets. */
async function interrupt(partCount: number): Promise<readonly number[]> {
  const controller = new AbortController();
  const offsets: number[] = [];
  const watched: DownloadJournal = {
    completed: (file) => journal.completed(file),
    clear: () => {
      journal.clear();
    },
    record: (part) => {
      journal.record(part);
      offsets.push(part.offset);
      if (offsets.length === partCount) controller.abort(new Error('enough'));
    },
  };
  const { signal } = controller;
  await expect(source.download(message, media, { path, journal: watched, signal })).rejects.toThrow('enough');
  return offsets;
}

interface Served {
  readonly atCdn: ReadonlySet<number>;
  readonly atHome: ReadonlySet<number>;
}

/** Offsets of the parts that are asked for from now on, and where. */
function served({ hasCdn = true } = {}): Served {
  const atCdn = new Set<number>();
  const atHome = new Set<number>();
  telegram.simulator.setNetwork({
    fault: ({ method, params }) => {
      if (method === 'upload.getCdnFile') {
        atCdn.add(Number(params['offset']));
        if (!hasCdn) return { error: 'FILE_TOKEN_INVALID' };
      }
      if (method === 'upload.getFile') atHome.add(Number(params['offset']));
      return undefined;
    },
  });
  return { atCdn, atHome };
}

async function expectWhole(): Promise<void> {
  const resumed: DownloadedFile = await source.download(message, media, { path, journal, signal: neverAborted() });
  expect(resumed).toEqual({ sizeBytes: BYTES.length, sha256: sha256(BYTES) });
  expect((await readFile(path)).equals(BYTES)).toBe(true);
}

describe('a download from a CDN that was interrupted', () => {
  it.each([1, 4, PART_COUNT - 1])('after %i parts fetches only the others', async (partCount) => {
    const there = await interrupt(partCount);
    const { atCdn, atHome } = served();
    await expectWhole();
    expect(there.filter((offset) => atCdn.has(offset) || atHome.has(offset))).toEqual([]);
    expect(atCdn.size + there.length).toBe(PART_COUNT);
  });

  it('continues at its data centre if the CDN no longer serves it', async () => {
    const there = await interrupt(4);
    const { atHome } = served({ hasCdn: false });
    await expectWhole();
    expect(there.filter((offset) => atHome.has(offset))).toEqual([]);
    expect(atHome.size + there.length).toBe(PART_COUNT);
  });

  it('by the end of the connection to Telegram continues over another', async () => {
    const there = await interrupt(4);
    await source.close();
    source = await telegram.openSource();
    telegram.simulator.expireCdnTokens();
    const { atCdn } = served();
    await expectWhole();
    expect(there.filter((offset) => atCdn.has(offset))).toEqual([]);
  });
});
