import type { DownloadMetrics } from '../../live-source.js';
import type { DownloadControl } from './download-control.js';
import { DownloadSeries } from './download-series.js';

/** Counts the downloads of one run, where several runs share one source. */
export class DownloadMeter {
  readonly #control: DownloadControl;
  readonly #series: DownloadSeries;
  #inFlightRequests = 0;

  constructor(control: DownloadControl) {
    this.#control = control;
    this.#series = new DownloadSeries(() => control.elapsedMs());
  }

  /** Counts a request as in flight. @returns the end of it, to be called once. */
  began(): () => void {
    this.#inFlightRequests += 1;
    return () => {
      this.#inFlightRequests -= 1;
    };
  }

  /** Counts a part that arrived and is right. */
  fetched(bytes: number): void {
    this.#series.add(bytes, {
      inFlightRequests: this.#inFlightRequests,
      limit: this.#control.scheduler.limit,
      connections: this.#control.openConnectionCount,
    });
  }

  /** Connections, limit and decisions are those of the whole source. */
  metrics(): DownloadMetrics {
    return {
      ...this.#control.metrics(),
      inFlightRequests: this.#inFlightRequests,
      bytes: this.#series.bytes,
      series: this.#series.points(),
    };
  }
}
