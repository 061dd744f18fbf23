import { expect } from 'vitest';

import type { FaultAnswer, FaultRequest } from '../../src/simulator/server/network.js';
import type { TlObject } from '../../src/simulator/tl/tl-object.js';
import type { FerryWorld } from './ferry-world.js';
import { fileIdOf } from './part-fault.js';

interface Asked {
  readonly file: string;
  readonly offset: number;
  /** When its answer leaves the server. */
  readonly servedAtMs: number;
}

/** Parts of one file are served so far apart: each can be on disk and recorded before the next, on a busy machine too. */
const APART_MS = 500;

/**
 * What the server served of each file over the runs of one export, those that were killed included. A part that was on
 * its way when the program was killed was not served.
 */
export class FetchLedger {
  readonly #ferry: FerryWorld;
  readonly #severalParts: ReadonlySet<bigint>;
  /** How often each part was served, by file and offset. */
  readonly #served = new Map<string, Map<number, number>>();
  /** How many kills each file was open at. */
  readonly #kills = new Map<string, number>();
  /** Files that had their names when the program was killed. */
  readonly #placed = new Set<string>();
  readonly #askedThoughPlaced: string[] = [];
  readonly #nextMs = new Map<string, number>();
  #asked: Asked[] = [];

  constructor(ferry: FerryWorld) {
    this.#ferry = ferry;
    this.#severalParts = new Set([ferry.largeId, ferry.foreignId].map((id) => ferry.documentId(id)));
  }

  /** To be told of each request: says when it is answered. */
  answer({ method, params }: FaultRequest): FaultAnswer | undefined {
    if (method !== 'upload.getFile') return undefined;
    const location = params['location'] as TlObject & { readonly thumb_size: string };
    const file = `${fileIdOf(params)}:${location.thumb_size}`;
    const offset = Number(params['offset']);
    if (this.#placed.has(file)) this.#askedThoughPlaced.push(`${file} from ${offset} on`);
    const nowMs = performance.now();
    const servedAtMs = this.#severalParts.has(fileIdOf(params)) ? Math.max(nowMs, this.#nextMs.get(file) ?? 0) : nowMs;
    this.#nextMs.set(file, servedAtMs + APART_MS);
    this.#asked.push({ file, offset, servedAtMs });
    return servedAtMs > nowMs ? { delayMs: servedAtMs - nowMs } : undefined;
  }

  /** A run ended by itself. */
  ended(): void {
    this.#count(Infinity);
  }

  /**
   * A run was killed at that moment.
   *
   * @param tree - What it left: SHA-256 of each file by its path.
   */
  killed(atMs: number, tree: Readonly<Record<string, string>>): void {
    for (const file of new Set(this.#asked.map((asked) => asked.file))) {
      this.#kills.set(file, (this.#kills.get(file) ?? 0) + 1);
    }
    this.#count(atMs);
    for (const { messageId, role, sha256 } of this.#ferry.expected) {
      const isThere = Object.entries(tree).some(
        ([path, hash]) => hash === sha256 && path.includes(`_${messageId}_`) && !path.includes('.partial'),
      );
      if (isThere) this.#placed.add(this.#fileOf(messageId, role));
    }
  }

  /** Every kill cost each file that was open at most one part, and a file that had its name nothing. */
  expectLittleTwice(): void {
    expect(this.#askedThoughPlaced).toEqual([]);
    for (const [file, counts] of this.#served) {
      const again = [...counts.values()].reduce((sum, count) => sum + count - 1, 0);
      expect(again, `parts of ${file} that were served again`).toBeLessThanOrEqual(this.#kills.get(file) ?? 0);
    }
  }

  /** Parts that were served more than once, over all files. */
  get againCount(): number {
    return [...this.#served.values()]
      .flatMap((counts) => [...counts.values()])
      .reduce((sum, count) => sum + count - 1, 0);
  }

  #count(untilMs: number): void {
    for (const { file, offset, servedAtMs } of this.#asked) {
      if (servedAtMs > untilMs) continue;
      const counts = this.#served.get(file) ?? new Map<number, number>();
      counts.set(offset, (counts.get(offset) ?? 0) + 1);
      this.#served.set(file, counts);
    }
    this.#asked = [];
    this.#nextMs.clear();
  }

  #fileOf(messageId: number, role: 'main' | 'thumbnail'): string {
    const media = this.#ferry.world.message(this.#ferry.peer, messageId)?.['media'] as TlObject;
    const photo = media['photo'] as TlObject | undefined;
    if (photo !== undefined) return `${photo['id'] as bigint}:y`;
    return `${(media['document'] as TlObject)['id'] as bigint}:${role === 'thumbnail' ? 'm' : ''}`;
  }
}
