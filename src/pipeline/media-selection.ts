import type { Media, MediaKind } from '../chat/media.js';

/** Which media the user wants. */
export interface MediaSelection {
  /** Undefined selects all. A thumbnail is a kind of its own. */
  readonly kinds?: ReadonlySet<MediaKind>;
  /** Undefined sets no limit. */
  readonly maxSizeBytes?: number;
}

/**
 * Why a media item is left out, or undefined if it is wanted. An item without an announced size is wanted until reading
 * shows that it is too large.
 */
export function exclusionOf(
  media: Pick<Media, 'kind' | 'sizeBytes' | 'leastBytes'>,
  { kinds, maxSizeBytes }: MediaSelection,
): 'kind-not-selected' | 'too-large' | undefined {
  if (kinds !== undefined && !kinds.has(media.kind)) return 'kind-not-selected';
  const knownBytes = Math.max(media.sizeBytes ?? 0, media.leastBytes ?? 0);
  if (maxSizeBytes !== undefined && knownBytes > maxSizeBytes) return 'too-large';
  return undefined;
}
