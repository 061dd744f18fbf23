import { AdaptiveLimit } from '../../../concurrency/adaptive-limit.js';
import type { DownloadMetrics } from '../../live-source.js';
import { DownloadSeries } from './download-series.js';
import type { CallTrouble, MediaConnections } from '../wire/connections/media-connections.js';
import { PartScheduler } from './part-scheduler.js';

export interface DownloadControlOptions {
  /** Those that may have twice as many requests under way from the start. */
  readonly isPremium: boolean;
  /**
   * Files at once as the user has set them: each then has two parts under way, and the line is not felt for. Undefined
   * lets the control find out what the line bears.
   */
  readonly maxFiles?: number | undefined;
  /** Whether several parts of one file may be under way at once. @defaultValue true */
  readonly splitsFiles?: boolean | undefined;
  /** The connections for media to a data centre. */
  readonly connections: (dcId: number) => MediaConnections;
  /** A monotonic clock, in milliseconds. @defaultValue performance.now */
  readonly now?: () => number;
}

/** One part that came. */
export interface FetchedPart {
  readonly bytes: number;
  /** From the request to the answer. Undefined where something went wrong on the way: the time then says nothing. */
  readonly latencyMs: number | undefined;
}

/** Two connections with two requests each, as Telegram's own clients begin; four with an account that pays. */
const FIRST_LIMIT = 4;
const FIRST_LIMIT_PREMIUM = 8;
/**
 * Two parts of 512 KB fill a connection of 5.5 MB/s at 150 ms (Little's law), so each two requests get a connection, up
 * to the 8 that Telegram Desktop opens.
 */
const REQUESTS_PER_CONNECTION = 2;
/** For the same reason: more parts of one file would only queue where each file has a connection's worth of the line. */
const PARTS_PER_SET_FILE = 2;
const MOST_CONNECTIONS = 8;
const MOST_REQUESTS = 32;

/** Decides how much the downloads of one account take of the line, and remembers how that went. */
export class DownloadControl {
  readonly scheduler: PartScheduler;
  /** Parts of one file that may be under way at once. */
  readonly partsPerFile: number;
  readonly #limit: AdaptiveLimit;
  readonly #connections: DownloadControlOptions['connections'];
  readonly #dcIds = new Set<number>();
  readonly #series: DownloadSeries;
  readonly #now: () => number;
  readonly #startedMs: number;

  constructor(options: DownloadControlOptions) {
    const { isPremium, maxFiles, splitsFiles = true, connections, now = () => performance.now() } = options;
    this.#now = now;
    this.#startedMs = now();
    const partsPerSetFile = splitsFiles ? PARTS_PER_SET_FILE : 1;
    this.partsPerFile = maxFiles === undefined && splitsFiles ? MOST_REQUESTS : partsPerSetFile;
    const felt = { initial: isPremium ? FIRST_LIMIT_PREMIUM : FIRST_LIMIT, max: MOST_REQUESTS };
    const set = (maxFiles ?? 0) * partsPerSetFile;
    this.#limit = new AdaptiveLimit({ ...(set === 0 ? felt : { initial: set, max: set }), now });
    this.scheduler = new PartScheduler({ limit: this.#limit.limit });
    this.#connections = connections;
    this.#series = new DownloadSeries(() => now() - this.#startedMs);
  }

  /** Milliseconds, by the clock of this control. */
  nowMs(): number {
    return this.#now();
  }

  /** Parts will be asked for at this data centre. */
  uses(dcId: number): void {
    if (this.#dcIds.has(dcId)) return;
    this.#dcIds.add(dcId);
    this.#resize(dcId);
  }

  /** A part came, and is right. */
  fetched({ bytes, latencyMs }: FetchedPart): void {
    const { heldCount: inFlightRequests, limit } = this.scheduler;
    this.#series.add(bytes, { inFlightRequests, limit, connections: this.#openConnectionCount() });
    if (latencyMs === undefined) return;
    this.#limit.completed({ bytes, latencyMs, isSaturated: this.scheduler.isSaturated });
    this.#apply();
  }

  /** Something went wrong on the way. */
  trouble({ kind }: CallTrouble): void {
    if (kind === 'server') return; // Its own trouble, and not for being asked too much.
    this.#limit.lost(kind);
    this.#apply();
  }

  metrics(): DownloadMetrics {
    return {
      timeMs: this.#now() - this.#startedMs,
      inFlightRequests: this.scheduler.heldCount,
      connections: this.#openConnectionCount(),
      bytes: this.#series.bytes,
      series: this.#series.points(),
      decisions: this.#limit.decisions.map(({ timeMs, limit, reason }) => ({
        timeMs: timeMs - this.#startedMs,
        limit,
        reason: reason === 'lost' ? 'connection-lost' : reason,
      })),
    };
  }

  #openConnectionCount(): number {
    let count = 0;
    for (const dcId of this.#dcIds) count += this.#connections(dcId).openCount;
    return count;
  }

  #apply(): void {
    const { limit } = this.#limit;
    if (limit === this.scheduler.limit) return;
    this.scheduler.limit = limit;
    for (const dcId of this.#dcIds) this.#resize(dcId);
  }

  #resize(dcId: number): void {
    const count = Math.min(MOST_CONNECTIONS, Math.max(1, Math.ceil(this.#limit.limit / REQUESTS_PER_CONNECTION)));
    const connections = this.#connections(dcId);
    if (connections.count !== count) connections.resize(count);
  }
}
