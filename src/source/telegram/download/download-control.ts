import { AdaptiveLimit } from '../../../concurrency/adaptive-limit.js';
import type { DownloadMetrics } from '../../live-source.js';
import { DownloadSeries } from './download-series.js';
import type { CallTrouble, MediaConnections } from '../wire/connections/media-connections.js';
import { PartScheduler } from './part-scheduler.js';

export interface DownloadControlOptions {
  /** Premium accounts start with twice as many concurrent requests. */
  readonly isPremium: boolean;
  /**
   * Number of concurrent files that the user has set. Each then fetches two parts at a time, and the limit does not
   * adapt. Undefined adapts the number of requests to the connection.
   */
  readonly maxFiles: number | undefined;
  /** Whether several parts of one file may be fetched concurrently. */
  readonly splitsFiles: boolean;
  /** The connections for media to a data centre. */
  readonly connections: (dcId: number) => MediaConnections;
  /** A monotonic clock, in milliseconds. @defaultValue performance.now */
  readonly now?: () => number;
}

/** One part that was received. */
export interface FetchedPart {
  readonly bytes: number;
  /**
   * From the request to the answer. Undefined if an attempt failed, as the time is then not the latency of one request.
   */
  readonly latencyMs: number | undefined;
}

/** Two connections with two requests each, as in Telegram's own clients; four connections for Premium accounts. */
const FIRST_LIMIT = 4;
const FIRST_LIMIT_PREMIUM = 8;
/**
 * Two parts of 512 KB in flight saturate a connection of 5.5 MB/s at 150 ms (Little's law). So there is one connection
 * for every two requests, up to the 8 that Telegram Desktop opens.
 */
const REQUESTS_PER_CONNECTION = 2;
/**
 * With a fixed number of files, each has about one connection to itself. More than two parts would only queue there.
 */
const PARTS_PER_FILE_IF_FIXED = 2;
const MAX_CONNECTIONS = 8;
const MAX_REQUESTS = 32;

/** Controls the concurrency of all downloads of one account, and records their metrics. */
export class DownloadControl {
  readonly scheduler: PartScheduler;
  /** Maximum number of parts of one file that are fetched concurrently. */
  readonly partsPerFile: number;
  readonly #limit: AdaptiveLimit;
  readonly #connections: DownloadControlOptions['connections'];
  readonly #dcIds = new Set<number>();
  readonly #series: DownloadSeries;
  readonly #now: () => number;
  readonly #startedMs: number;

  constructor(options: DownloadControlOptions) {
    const { isPremium, maxFiles, splitsFiles, connections, now = () => performance.now() } = options;
    this.#now = now;
    this.#startedMs = now();
    const fixedPartsPerFile = splitsFiles ? PARTS_PER_FILE_IF_FIXED : 1;
    this.partsPerFile = maxFiles === undefined && splitsFiles ? MAX_REQUESTS : fixedPartsPerFile;
    const adaptive = { initial: isPremium ? FIRST_LIMIT_PREMIUM : FIRST_LIMIT, max: MAX_REQUESTS };
    const fixed = (maxFiles ?? 0) * fixedPartsPerFile;
    this.#limit = new AdaptiveLimit({ ...(fixed === 0 ? adaptive : { initial: fixed, max: fixed }), now });
    this.scheduler = new PartScheduler({ limit: this.#limit.limit });
    this.#connections = connections;
    this.#series = new DownloadSeries(() => this.elapsedMs());
  }

  /** The time in milliseconds, by the clock of this control. */
  nowMs(): number {
    return this.#now();
  }

  /** Milliseconds since the source was opened. */
  elapsedMs(): number {
    return this.#now() - this.#startedMs;
  }

  /** Over all data centres. */
  get openConnectionCount(): number {
    let count = 0;
    for (const dcId of this.#dcIds) count += this.#connections(dcId).openCount;
    return count;
  }

  /** Announces that parts will be requested from this data centre. */
  useDataCentre(dcId: number): void {
    if (this.#dcIds.has(dcId)) return;
    this.#dcIds.add(dcId);
    this.#resize(dcId);
  }

  /** Records a received and verified part. */
  fetched({ bytes, latencyMs }: FetchedPart): void {
    const { heldCount: inFlightRequests, limit } = this.scheduler;
    this.#series.add(bytes, { inFlightRequests, limit, connections: this.openConnectionCount });
    if (latencyMs === undefined) return;
    this.#limit.completed({ bytes, latencyMs, isSaturated: this.scheduler.isSaturated });
    this.#apply();
  }

  /** Records a failed attempt. */
  trouble({ kind }: CallTrouble): void {
    if (kind === 'server') return; // An internal error of the server, not a sign of too many requests.
    this.#limit.lost(kind);
    this.#apply();
  }

  metrics(): DownloadMetrics {
    return {
      timeMs: this.elapsedMs(),
      inFlightRequests: this.scheduler.heldCount,
      connections: this.openConnectionCount,
      bytes: this.#series.bytes,
      series: this.#series.points(),
      decisions: this.#limit.decisions.map(({ timeMs, limit, reason }) => ({
        timeMs: timeMs - this.#startedMs,
        limit,
        reason: reason === 'lost' ? 'connection-lost' : reason,
      })),
    };
  }

  #apply(): void {
    const { limit } = this.#limit;
    if (limit === this.scheduler.limit) return;
    this.scheduler.limit = limit;
    for (const dcId of this.#dcIds) this.#resize(dcId);
  }

  #resize(dcId: number): void {
    const count = Math.min(MAX_CONNECTIONS, Math.max(1, Math.ceil(this.#limit.limit / REQUESTS_PER_CONNECTION)));
    const connections = this.#connections(dcId);
    if (connections.count !== count) connections.resize(count);
  }
}
