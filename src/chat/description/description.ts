import type { ContentKind } from './content-kind.js';
import type { MediaFacts } from './media-facts.js';

/** Something that could not be made of a file. The file itself is unchanged. */
export interface MediaProblem {
  /** The step that failed. */
  readonly work:
    | 'facts'
    | 'thumbnail'
    | 'poster'
    | 'cover'
    | 'waveform'
    | 'storyboard'
    | 'transcode'
    | 'strip'
    | 'placeholder'
    | 'replace';
  /** For people. */
  readonly reason: string;
}

/** What is known of a file from its bytes. */
export interface Description {
  readonly content: ContentKind;
  readonly facts: MediaFacts;
  /** A thumbhash, base64: shown until the thumbnail is loaded. */
  readonly placeholder?: string;
  /** 100 values from 0 to 31. */
  readonly waveform?: readonly number[];
  /** What could not be made, in the order in which it was tried. */
  readonly problems: readonly MediaProblem[];
}
