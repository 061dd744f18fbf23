import type { MediaKind } from '../../chat/media.js';
import { carriesMedia } from '../../chat/message.js';
import type { DuplicateStep, MediaEnd } from '../../metrics/concurrency-metrics.js';

/**
 * Whether the job of an item takes a permit. An item with an empty list `media`, such as a message of text alone, does
 * not: its job costs no time. Any other item does: a message with media, a path, an address.
 */
export function takesPermit(item: unknown): boolean {
  const { media } = Object(item) as { readonly media?: unknown };
  return !Array.isArray(media) || carriesMedia({ media });
}

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

/** Runs the job of one item: a message, or anything else. */
export type Job<In, Out> = (item: In, context: JobContext) => Promise<Out>;
