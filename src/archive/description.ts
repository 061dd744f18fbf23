import type { Derivative } from '../chat/description/derivative.js';
import type { Description, MediaProblem } from '../chat/description/description.js';

/** What is known of a content, and what was made from it for one chat. */
export interface StoredDescription {
  readonly description: Description;
  readonly derivatives: readonly Derivative[];
}

/** Where a medium stands in its chat. */
export interface MediumPosition {
  readonly messageId: number;
  readonly position: number;
}

/** A stored medium that nobody has looked into. */
export interface PendingFile extends MediumPosition {
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Relative to the chat's folder. */
  readonly path: string;
  /** Whether the source brought a waveform. */
  readonly hasWaveform: boolean;
}

/** Something that could not be made of a medium of a chat. */
export interface DerivativeProblem extends MediaProblem {
  /** The first of the chat that carries it. */
  readonly messageId: number;
  readonly path: string;
}
