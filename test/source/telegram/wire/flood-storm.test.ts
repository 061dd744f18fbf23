import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Api } from 'telegram';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { FaultAnswer } from '../../../../src/simulator/server/network.js';
import { SeededRandom } from '../../../../src/simulator/world/seeded-random.js';
import type { WorldBuilder } from '../../../../src/simulator/world/world-builder.js';
import type { WorldPeer } from '../../../../src/simulator/world/world.js';
import type { TelegramClient } from '../../../../src/source/telegram/wire/client.js';
import { wireRequest } from '../../../../src/source/telegram/wire/wire-request.js';
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
import { VirtualClock } from './virtual-clock.js';

const signal = neverAborted();
const STORMY = 'help.getNearestDc';
const CALM = 'help.getConfig';

let world: WorldBuilder;
let peer: WorldPeer;
let telegram: SimulatedTelegram;
let clock: VirtualClock;

beforeEach(async () => {
  world = emptyWorld();
  peer = addGroup(world, 1);
  telegram = await SimulatedTelegram.start(world);
  clock = new VirtualClock();
});

afterEach(() => telegram[Symbol.asyncDispose]());

/** When each call of a method left this machine, and until when it had to wait by then, both by the virtual clock. */
class Departures {
  readonly early: string[] = [];
  readonly counts = new Map<string, number>();
  /** Calls of the other method that left while the first had to wait. */
  passedCount = 0;
  #deadlineMs = -Infinity;

  /** To be told of each pause that is ordered. */
  readonly onFloodWait = ({ waitMs }: { readonly waitMs: number }): void => {
    this.#deadlineMs = Math.max(this.#deadlineMs, clock.nowMs() + waitMs);
  };

  call(client: TelegramClient, method: typeof STORMY | typeof CALM): Promise<unknown> {
    const request = method === STORMY ? new Api.help.GetNearestDc() : new Api.help.GetConfig();
    const wire = wireRequest(request, () => undefined);
    const leaves = (): void => {
      this.#leaves(method);
    };
    // The bytes are asked for when the call is given to a connection.
    const watched = {
      method,
      read: wire.read.bind(wire),
      get bytes(): Buffer {
        leaves();
        return wire.bytes;
      },
    };
    return client.call(watched, { signal, lane: 'media' });
  }

  #leaves(method: string): void {
    this.counts.set(method, (this.counts.get(method) ?? 0) + 1);
    if (clock.nowMs() >= this.#deadlineMs) return;
    if (method === STORMY) this.early.push(`at ${clock.nowMs()}, before ${this.#deadlineMs}`);
    else this.passedCount += 1;
  }
}

/** What happens to a fifth of the calls of one method; where there are `cuts`, some lose their connection as well. */
function storm(method: string, { seed, cuts }: { readonly seed: number; readonly cuts: boolean }): () => number {
  const random = new SeededRandom(seed);
  let floodCount = 0;
  telegram.simulator.setNetwork({
    fault: (request): FaultAnswer | undefined => {
      if (request.method !== method) return undefined;
      if (cuts && random.chance(0.05)) return 'drop';
      if (!random.chance(0.2)) return undefined;
      floodCount += 1;
      const kind = random.pick(['FLOOD_WAIT', 'FLOOD_PREMIUM_WAIT']);
      return { error: `${kind}_${random.int(1, 30)}`, code: 420 };
    },
  });
  return () => floodCount;
}

describe('in a storm of flood waits', () => {
  it.each([
    [1, false],
    [2, true],
    [3, true],
  ])(
    'no call of the method is sent before its deadline, and others continue (seed %i, cuts: %s)',
    async (seed, cuts) => {
      const departures = new Departures();
      const client = await telegram.openClient({ clock, onFloodWait: departures.onFloodWait });
      client.connections(2).resize(4);
      const floodCount = storm(STORMY, { seed, cuts });
      const line = async (): Promise<void> => {
        for (let index = 0; index < 30; index += 1) {
          const calls = [departures.call(client, STORMY)];
          if (index % 6 === 0) calls.push(departures.call(client, CALM));
          await Promise.all(calls);
        }
      };
      await Promise.all(Array.from({ length: 10 }, line));
      expect(floodCount()).toBeGreaterThan(40);
      expect(departures.early).toEqual([]);
      expect(departures.passedCount).toBeGreaterThan(0);
      expect(departures.counts.get(STORMY)).toBeGreaterThanOrEqual(300 + floodCount());
    },
  );

  it('files arrive intact, and no part is requested more often than it was refused', async () => {
    const files = Array.from({ length: 8 }, (_, index) => randomBytes(2_500_000 + index));
    const ids = files.map((bytes) =>
      postDocument(world, peer, world.addDocument({ file: fileOf(bytes), mimeType: 'a/b', attributes: [], dcId: 2 })),
    );
    const source = await telegram.openSource({ clock });
    const chat = await source.resolveChat('@harbour_crew', signal);
    const messages = await collect(source.messages(chat, ids, signal));
    const floodCount = storm('upload.getFile', { seed: 4, cuts: false });
    const ends = await Promise.all(
      messages.map((message) => {
        const [media] = message.media;
        if (media === undefined) throw new Error('a message without its file');
        return source.download(message, media, { path: join(telegram.folder, String(message.id)), signal });
      }),
    );
    for (const [index, bytes] of files.entries()) {
      expect(ends[index]).toEqual({ sizeBytes: bytes.length, sha256: sha256(bytes) });
      expect((await readFile(join(telegram.folder, String(ids[index])))).equals(bytes)).toBe(true);
    }
    expect(floodCount()).toBeGreaterThan(5);
    expect(telegram.simulator.calls.get('upload.getFile')).toBe(8 * 5 + floodCount());
    expect(clock.nowMs()).toBeGreaterThan(1000);
  });
});
