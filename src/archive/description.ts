import type { Derivative } from '../chat/description/derivative.js';
import type { Description, MediaProblem } from '../chat/description/description.js';

/** The description of a content, and its derivatives in one chat. */
export interface StoredDescription {
  readonly description: Description;
  readonly derivatives: readonly Derivative[];
}

/** The position of a media item in its chat. */
export interface MediaPosition {
  readonly messageId: number;
  readonly position: number;
}

/** A stored media file that has no description yet. */
export interface PendingFile extends MediaPosition {
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Relative to the chat's folder. */
  readonly path: string;
  /** Whether the source sent a waveform. */
  readonly hasWaveform: boolean;
}

/** A derivative of a media file that could not be made. */
export interface DerivativeProblem extends MediaProblem {
  /** The first message of the chat that carries the file. */
  readonly messageId: number;
  readonly path: string;
}
