import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Archive } from '../../../../src/archive/archive.js';
import type { Chat } from '../../../../src/chat/chat.js';
import type { ChatferryError } from '../../../../src/errors/chatferry-error.js';
import type { FaultAnswer } from '../../../../src/simulator/server/network.js';
import type { WorldBuilder } from '../../../../src/simulator/world/world-builder.js';
import type { WorldPeer } from '../../../../src/simulator/world/world.js';
import type { LiveSource } from '../../../../src/source/live-source.js';
import type { DownloadJournal } from '../../../../src/source/message-source.js';
import {
  addGroup,
  collect,
  emptyWorld,
  fileOf,
  neverAborted,
  postDocument,
  sha256,
  SimulatedTelegram,
} from '../simulated-telegram.js';

const PART = 512 * 1024;

let world: WorldBuilder;
let peer: WorldPeer;
let telegram: SimulatedTelegram;
let source: LiveSource;
let archive: Archive;
let chat: Chat;

beforeAll(async () => {
  world = emptyWorld();
  peer = addGroup(world, 1);
  telegram = await SimulatedTelegram.start(world);
  source = await telegram.openSource({ requestTimeoutMs: 1500 });
  chat = await source.resolveChat('@harbour_crew', neverAborted());
  archive = await Archive.open(join(telegram.folder, 'archive'));
});

afterAll(async () => {
  archive.close();
  await telegram[Symbol.asyncDispose]();
});

type Trouble = 'drop' | 'late' | 'server' | 'short' | 'long' | 'empty' | 'flipped' | 'repeated' | 'reference' | 'none';

/** What the server does to one request of a part; `undefined` where it serves it as it is. */
function answerTo(trouble: Trouble, bytes: Buffer, offset: number): FaultAnswer | undefined {
  const part = bytes.subarray(offset, offset + PART);
  const send = (damaged: Uint8Array): FaultAnswer => ({
    answer: { _: 'upload.file', type: { _: 'storage.fileUnknown' }, mtime: 0, bytes: damaged },
  });
  switch (trouble) {
    case 'drop':
      return 'drop';
    case 'late':
      return { delayMs: 40 };
    case 'server':
      return { error: 'INTERNAL', code: 500 };
    case 'reference':
      return { error: 'FILE_REFERENCE_EXPIRED' };
    case 'short':
      return send(part.subarray(0, part.length - 1));
    case 'long':
      return send(Buffer.concat([part, part.subarray(0, 4)]));
    case 'empty':
      return send(Buffer.alloc(0));
    case 'repeated':
      return send(Buffer.alloc(part.length));
    case 'flipped': {
      const flipped = Buffer.from(part);
      flipped.writeUInt8(flipped.readUInt8(flipped.length >> 1) ^ 0x10, flipped.length >> 1);
      return send(flipped);
    }
    case 'none':
      return undefined;
  }
}

function idOf(object: unknown): string {
  return String((object as { readonly id?: bigint } | undefined)?.id);
}

describe('files that are fetched side by side', () => {
  it('have the right bytes, whatever happens to their parts, and whenever they are interrupted', async () => {
    const troubles: readonly Trouble[] = [
      ...(['drop', 'late', 'server', 'short', 'long', 'empty', 'flipped', 'repeated', 'reference'] as const),
      ...Array<Trouble>(20).fill('none'),
    ];
    const scene = fc.record({
      partCounts: fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 }),
      script: fc.array(fc.constantFrom(...troubles), { minLength: 10, maxLength: 60 }),
      stopAfter: fc.integer({ min: 1, max: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(scene, async ({ partCounts, script, stopAfter }) => {
        const files = partCounts.map((count) => randomBytes(count * PART - 4321));
        const contents = new Map<string, Buffer>();
        const ids = files.map((bytes) => {
          const document = world.addDocument({ file: fileOf(bytes), mimeType: 'a/b', attributes: [], dcId: 2 });
          contents.set(idOf(document), bytes);
          return postDocument(world, peer, document);
        });
        const messages = await collect(source.messages(chat, ids, neverAborted()));
        let step = 0;
        telegram.simulator.setNetwork({
          fault: ({ method, params }) => {
            const bytes = contents.get(idOf(params['location']));
            if (method !== 'upload.getFile' || bytes === undefined) return undefined;
            const trouble = script[step++] ?? 'none';
            return answerTo(trouble, bytes, Number(params['offset']));
          },
        });

        const controller = new AbortController();
        let recordCount = 0;
        const fetchAll = (signal: AbortSignal): Promise<PromiseSettledResult<unknown>[]> =>
          Promise.allSettled(
            messages.map((message) => {
              const [media] = message.media;
              if (media === undefined) throw new Error('a message without its file');
              const inner = archive.parts.of('chat', media.remoteId ?? '');
              const journal: DownloadJournal = {
                completed: (file) => inner.completed(file),
                clear: () => {
                  inner.clear();
                },
                record: (part) => {
                  inner.record(part);
                  recordCount += 1;
                  if (recordCount === stopAfter) controller.abort(new Error('interrupted'));
                },
              };
              const path = join(telegram.folder, String(message.id));
              return source.download(message, media, { path, journal, priority: message.id, signal });
            }),
          );
        await fetchAll(controller.signal);
        const isRight = async (index: number): Promise<boolean> => {
          const path = join(telegram.folder, String(messages[index]?.id));
          return (await readFile(path)).equals(files[index] ?? Buffer.alloc(0));
        };
        for (const [index, end] of (await fetchAll(neverAborted())).entries()) {
          // A part that is wrong over and over is an error, and never a wrong file.
          if (end.status === 'fulfilled') expect(await isRight(index)).toBe(true);
          else expect(['CONTENT_MISMATCH', 'FILE_REFERENCE_EXPIRED']).toContain((end.reason as ChatferryError).code);
        }
        telegram.simulator.setNetwork({});
        for (const [index, end] of (await fetchAll(neverAborted())).entries()) {
          const bytes = files[index] ?? Buffer.alloc(0);
          expect(end).toEqual({ status: 'fulfilled', value: { sizeBytes: bytes.length, sha256: sha256(bytes) } });
          expect(await isRight(index)).toBe(true);
        }
        expect(source.downloadMetrics().inFlightRequests).toBe(0);
      }),
      { numRuns: 8, endOnFailure: true }, // Each run takes a while: a smaller counterexample is not worth hundreds of them.
    );
  }, 120_000);
});
