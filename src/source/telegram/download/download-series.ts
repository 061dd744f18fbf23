import type { DownloadPoint } from '../../live-source.js';

const FIRST_WIDTH_MS = 100;
const MAX_POINTS = 512;

/**
 * Throughput over time, in at most 513 points for any duration. When the series is full, every two points are merged
 * into one, and the interval of the following points is doubled.
 */
export class DownloadSeries {
  readonly #now: () => number;
  #points: DownloadPoint[] = [];
  #widthMs = FIRST_WIDTH_MS;
  #bytes = 0;
  /** The unfinished point: what was added since the last one. */
  #open: DownloadPoint | undefined;
  #lastMs = 0;

  /** @param now - Returns milliseconds since the start. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Total bytes added. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds received bytes, with the state of the downloads at that moment. */
  add(bytes: number, state: Pick<DownloadPoint, 'inFlightRequests' | 'limit' | 'connections'>): void {
    this.#bytes += bytes;
    const point = { timeMs: this.#now(), bytes, ...state };
    this.#open = this.#open === undefined ? point : together(this.#open, point);
    if (point.timeMs - this.#lastMs < this.#widthMs) return;
    this.#points.push(this.#open);
    this.#lastMs = point.timeMs;
    this.#open = undefined;
    if (this.#points.length === MAX_POINTS) this.#halve();
  }

  /** The points, oldest first. Every byte is counted in one of them. */
  points(): readonly DownloadPoint[] {
    return this.#open === undefined ? [...this.#points] : [...this.#points, this.#open];
  }

  #halve(): void {
    const halved: DownloadPoint[] = [];
    for (let index = 1; index < this.#points.length; index += 2) {
      const [first, second] = [this.#points[index - 1], this.#points[index]];
      if (first !== undefined && second !== undefined) halved.push(together(first, second));
    }
    this.#points = halved;
    this.#widthMs *= 2;
  }
}

function together(earlier: DownloadPoint, later: DownloadPoint): DownloadPoint {
  return {
    timeMs: later.timeMs,
    bytes: earlier.bytes + later.bytes,
    inFlightRequests: Math.max(earlier.inFlightRequests, later.inFlightRequests),
    limit: later.limit,
    connections: Math.max(earlier.connections, later.connections),
  };
}
