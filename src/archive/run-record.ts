import type { AccountId, ChatId } from '../chat/chat-id.js';

/** The data of a run that is known at its start. */
export interface RunStart {
  /** The command that was given: `export`, `demo`, … */
  readonly command: string;
  /** The chat of the run; absent if there is none or several. */
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
  /** The bytes of these media, whether fetched or linked. */
  readonly storedBytes?: number;
  /** Why it did not complete, for users. */
  readonly errorMessage?: string;
  /** What the run measured, as `report.json` has it: JSON data. */
  readonly report?: unknown;
}

/** A run in the archive. */
export interface StoredRun {
  readonly id: number;
  readonly start: RunStart;
  /** Absent while it runs, and if it was killed. */
  readonly end?: RunEnd;
}
