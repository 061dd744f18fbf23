import type { DownloadPoint } from '../message-source.js';

const FIRST_WIDTH_MS = 100;
const MOST_POINTS = 512;

/**
 * Throughput over time, in at most 512 points however long it goes on: when they are full, each two become one, and those
 * that follow stand twice as far apart.
 */
export class DownloadSeries {
  readonly #now: () => number;
  #points: DownloadPoint[] = [];
  #widthMs = FIRST_WIDTH_MS;
  #bytes = 0;
  #bytesSincePoint = 0;
  #lastMs = 0;

  /** @param now - Milliseconds from the start. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** All that was added. */
  get bytes(): number {
    return this.#bytes;
  }

  /** So many bytes came, with so many requests under way of those that may be. */
  add(bytes: number, state: Pick<DownloadPoint, 'inFlightRequests' | 'limit'>): void {
    this.#bytes += bytes;
    this.#bytesSincePoint += bytes;
    const timeMs = this.#now();
    if (timeMs - this.#lastMs < this.#widthMs) return;
    this.#points.push({ timeMs, bytes: this.#bytesSincePoint, ...state });
    this.#lastMs = timeMs;
    this.#bytesSincePoint = 0;
    if (this.#points.length === MOST_POINTS) this.#halve();
  }

  /** Oldest first. */
  points(): readonly DownloadPoint[] {
    return [...this.#points];
  }

  #halve(): void {
    const halved: DownloadPoint[] = [];
    for (let index = 1; index < this.#points.length; index += 2) {
      const [first, second] = [this.#points[index - 1], this.#points[index]];
      if (first !== undefined && second !== undefined) halved.push({ ...second, bytes: first.bytes + second.bytes });
    }
    this.#points = halved;
    this.#widthMs *= 2;
  }
}
