import type { AccountId, ChatId } from '../chat/chat-id.js';

/** What is known of a run when it begins. */
export interface RunStart {
  /** The command that was given: `export`, `demo`, … */
  readonly command: string;
  /** The chat it is about; absent when it is about none or several. */
  readonly chatId?: ChatId;
  /** The account that it exported from. */
  readonly account?: AccountId;
  /** UTC milliseconds. */
  readonly startedAtMs: number;
  /** The version of chatferry. */
  readonly version?: string;
  /** How media are processed: `sequential`, `batch` or `window`. */
  readonly mode?: string;
}

/** How a run ended. A run that was killed has none. */
export interface RunEnd {
  /** UTC milliseconds. */
  readonly endedAtMs: number;
  readonly outcome: 'complete' | 'media-missing' | 'interrupted' | 'failed';
  readonly messageCount: number;
  /** Media that are stored, whether fetched or linked. */
  readonly mediaCount: number;
  readonly failedMediaCount: number;
  /** Of these media, whether fetched or linked. */
  readonly storedBytes?: number;
  /** For people: why it did not complete. */
  readonly errorMessage?: string;
  /** What the run measured, as `report.json` has it: JSON data. */
  readonly report?: unknown;
}

/** A run as the archive remembers it. */
export interface StoredRun {
  readonly id: number;
  readonly start: RunStart;
  /** Absent while it runs, and for ever when it was killed. */
  readonly end?: RunEnd;
}
