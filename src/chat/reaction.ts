import type { PeerId } from './peer.js';

export interface RecentReaction {
  readonly senderId: PeerId;
  /** UTC milliseconds. */
  readonly dateMs: number;
}

/** One reaction to a message, with its count. */
export interface Reaction {
  readonly kind: 'emoji' | 'custom-emoji' | 'paid' | 'empty';
  readonly count: number;
  /** `emoji`: the emoji itself. */
  readonly emoji?: string;
  /** `custom-emoji`: the id of the emoji's document. */
  readonly documentId?: string;
  readonly chosenByMe?: boolean;
  /** The most recent ones, newest first. */
  readonly recent?: readonly RecentReaction[];
}
