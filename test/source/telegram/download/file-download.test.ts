import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc, { type Scheduler } from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ChatferryError } from '../../../../src/errors/chatferry-error.js';
import type { DownloadJournal, PartRecord, PartialFile } from '../../../../src/source/message-source.js';
import { DownloadControl } from '../../../../src/source/telegram/download/download-control.js';
import { downloadToFile } from '../../../../src/source/telegram/download/file-download.js';
import type { FileHash } from '../../../../src/source/telegram/download/file-hashes.js';
import type { MediaConnections } from '../../../../src/source/telegram/wire/connections/media-connections.js';
import type { PartOptions, RemoteFile } from '../../../../src/source/telegram/download/remote-file.js';
import { sha256 } from '../simulated-telegram.js';

const PART = 512 * 1024;
/** The bytes of all files: one noise, from different places. */
const NOISE = randomBytes(8 * PART);

/** How a request for a part ends. */
type Ending = 'right' | 'short' | 'long' | 'empty' | 'flipped' | 'lost' | 'trouble';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chatferry-parts-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** Telegram as a download sees it: each answer comes when the scheduler of the test lets it, as the script says. */
class ScriptedRemote {
  readonly dcId = 2;
  readonly servingDcId = 2;
  readonly bytes: Buffer;
  /** Offsets of the parts that were asked for, in their order. */
  readonly asked: number[] = [];
  readonly #scheduler: Scheduler;
  readonly #endings: Iterator<Ending>;

  constructor(bytes: Buffer, scheduler: Scheduler, endings: Iterator<Ending>) {
    this.bytes = bytes;
    this.#scheduler = scheduler;
    this.#endings = endings;
  }

  async part(offset: number, { signal, onTrouble }: PartOptions): Promise<Buffer> {
    this.asked.push(offset);
    const next = this.#endings.next();
    const ending = next.done === true ? 'right' : next.value;
    await this.#scheduler.schedule(Promise.resolve(), `${ending} part at ${offset}`);
    signal.throwIfAborted();
    const part = Buffer.from(this.bytes.subarray(offset, offset + PART));
    switch (ending) {
      case 'right':
        return part;
      case 'short':
        return part.subarray(0, -1);
      case 'long':
        return Buffer.concat([part, Buffer.alloc(4)]);
      case 'empty':
        return Buffer.alloc(0);
      case 'flipped':
        part.writeUInt8(part.readUInt8(part.length >> 1) ^ 1, part.length >> 1);
        return part;
      case 'trouble': // Was overcome on the way.
        onTrouble?.({ kind: 'lost' });
        return part;
      case 'lost':
        throw new ChatferryError('UNREACHABLE', 'lost', { retryable: true });
    }
  }

  async hashes(offset: number, signal: AbortSignal): Promise<readonly FileHash[]> {
    await this.#scheduler.schedule(Promise.resolve(), `hashes at ${offset}`);
    signal.throwIfAborted();
    const part = this.bytes.subarray(offset, offset + PART);
    return [{ offset, sizeBytes: part.length, sha256: Buffer.from(sha256(part), 'hex') }];
  }
}

/** Keeps what is recorded, as the archive does; can stop everything at the nth record. */
class MemoryJournal implements DownloadJournal {
  readonly parts = new Map<number, PartRecord>();
  onRecord = (): void => undefined;
  #file = '';

  completed(file: PartialFile): readonly PartRecord[] {
    if (this.#file !== JSON.stringify(file)) this.parts.clear();
    this.#file = JSON.stringify(file);
    return [...this.parts.values()].sort((one, other) => one.offset - other.offset);
  }

  record(part: PartRecord): void {
    this.parts.set(part.offset, part);
    this.onRecord();
  }

  clear(): void {
    this.parts.clear();
    this.#file = '';
  }
}

function connections(dcId: number): MediaConnections {
  let count = 2;
  return {
    dcId,
    get count() {
      return count;
    },
    openCount: 0,
    lossCount: 0,
    callCount: () => 0,
    resize: (wanted) => {
      count = wanted;
    },
  };
}

/** Lets what is scheduled happen, one after the other and in the order of the scheduler, until the work is done. */
async function play<T>(scheduler: Scheduler, work: Promise<T>): Promise<T> {
  let isDone = false;
  const noteEnd = (): void => {
    isDone = true;
  };
  work.then(noteEnd, noteEnd);
  while (!isDone as boolean) {
    // What waits for the disk may be about to ask for more: then there is more to choose from.
    await new Promise(setImmediate);
    if (scheduler.count() > 0) await scheduler.waitNext(1);
  }
  return work;
}

const ending = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Ending>('right') },
  { weight: 4, arbitrary: fc.constantFrom<Ending>('short', 'long', 'empty', 'flipped', 'lost', 'trouble') },
);
const scene = fc.record({
  partCounts: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 }),
  lastBytes: fc.integer({ min: 1, max: PART }),
  endings: fc.array(ending, { maxLength: 40 }),
  /** After how many recorded parts a run is interrupted. */
  interruptions: fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 3 }),
  maxFiles: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
});

/** So many runs of three tries for each part use up any script. */
const MOST_RUNS = 60;

describe('files that are fetched in parts', () => {
  it('have the right bytes, in whatever order their parts arrive, fail, are lost and are interrupted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), scene, async (scheduler, { partCounts, lastBytes, ...rest }) => {
        const endings = rest.endings[Symbol.iterator]();
        const control = new DownloadControl({
          isPremium: false,
          splitsFiles: true,
          maxFiles: rest.maxFiles,
          connections,
        });
        const files = partCounts.map((count, index) => {
          const bytes = NOISE.subarray(index * 100, index * 100 + (count - 1) * PART + lastBytes);
          const remote = new ScriptedRemote(bytes, scheduler, endings);
          return { remote, path: join(folder, String(index)), journal: new MemoryJournal(), isWhole: false };
        });

        const interruptions = rest.interruptions[Symbol.iterator]();
        for (let run = 0; run < MOST_RUNS && files.some(({ isWhole }) => !isWhole); run += 1) {
          const controller = new AbortController();
          let recordsLeft = interruptions.next().value ?? Infinity;
          const onRecord = (): void => {
            recordsLeft -= 1;
            if (recordsLeft === 0) controller.abort(new ChatferryError('INTERRUPTED', 'enough'));
          };
          const running = files.map(async (file, index) => {
            const { remote, path, journal } = file;
            if (file.isWhole) return;
            const recorded = [...journal.parts.keys()];
            const askedBefore = remote.asked.length;
            journal.onRecord = onRecord;
            const sizeBytes = remote.bytes.length;
            try {
              const end = await downloadToFile(remote as unknown as RemoteFile, {
                path,
                journal,
                sizeBytes,
                control,
                priority: index,
                signal: controller.signal,
              });
              expect(end).toEqual({ sizeBytes, sha256: sha256(remote.bytes) });
              file.isWhole = true;
            } catch (error) {
              expect(['UNREACHABLE', 'CONTENT_MISMATCH', 'INTERRUPTED']).toContain((error as ChatferryError).code);
            }
            // What an earlier run recorded is not asked for again.
            expect(recorded.filter((offset) => remote.asked.slice(askedBefore).includes(offset))).toEqual([]);
          });
          await play(scheduler, Promise.all(running));
          expect(control.scheduler).toMatchObject({ heldCount: 0, bytesInFlight: 0, isSaturated: false });
        }
        for (const { remote, path, isWhole } of files) {
          expect(isWhole).toBe(true);
          expect((await readFile(path)).equals(remote.bytes)).toBe(true);
        }
        for (const name of await readdir(folder)) await rm(join(folder, name));
      }),
      { numRuns: 60, endOnFailure: true },
    );
  }, 120_000);
});
