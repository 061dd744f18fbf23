import type { MediaKind } from '../../chat/media.js';
import type { Message } from '../../chat/message.js';
import type { DuplicateStep, MediaEnd } from '../../metrics/concurrency-metrics.js';

/** What a processor needs to know of an item: it takes a permit if it carries media. A message, or anything like it. */
export type JobItem = Pick<Message, 'media'>;

/** What a job may use while it runs. */
export interface JobContext {
  /** Aborts when the run is cancelled or the consumer stops early. */
  readonly signal: AbortSignal;
  /**
   * Counts one media item. One that ends `failed` or `refused` makes the job count as failed, though it did not throw;
   * only `failed` counts against running jobs in parallel.
   */
  media(kind: MediaKind, end: MediaEnd, bytes: number): void;
  /** Counts one media item, among those counted as stored, whose bytes were in the archive already. */
  duplicate(step: DuplicateStep, savedBytes: number): void;
}

/** Runs the job of one item. */
export type Job<In extends JobItem, Out> = (item: In, context: JobContext) => Promise<Out>;
