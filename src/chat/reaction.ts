import type { PeerId } from './peer.js';

export interface RecentReaction {
  readonly senderId: PeerId;
  /** UTC milliseconds. */
  readonly dateMs: number;
}

/** One reaction of a message, with how often it was given. */
export interface Reaction {
  readonly kind: 'emoji' | 'custom-emoji' | 'paid' | 'empty';
  readonly count: number;
  /** `emoji`: the emoji itself. */
  readonly emoji?: string;
  /** `custom-emoji`: the id of the emoji's document. */
  readonly documentId?: string;
  readonly chosenByMe?: boolean;
  /** Newest first, a few only. */
  readonly recent?: readonly RecentReaction[];
}
