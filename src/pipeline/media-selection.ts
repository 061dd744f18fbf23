import type { MediaKind } from '../chat/media.js';
import type { Media } from '../chat/media.js';

/** Which media the user wants. */
export interface MediaSelection {
  /** Undefined selects all. A thumbnail goes with its medium unless `thumbnail` is left out by name. */
  readonly kinds?: ReadonlySet<MediaKind>;
  /** Undefined sets no limit. */
  readonly maxSizeBytes?: number;
}

/** Why a medium is left out, or undefined when it is wanted. */
export function exclusionOf(
  media: Media,
  { kinds, maxSizeBytes }: MediaSelection,
): 'kind-not-selected' | 'too-large' | undefined {
  if (kinds !== undefined && !kinds.has(media.kind)) return 'kind-not-selected';
  if (maxSizeBytes !== undefined && (media.sizeBytes ?? 0) > maxSizeBytes) return 'too-large';
  return undefined;
}
