import type { Media, MediaKind } from '../chat/media.js';

/** Which media the user wants. */
export interface MediaSelection {
  /** Undefined selects all. The thumbnail of a medium is a kind of its own. */
  readonly kinds?: ReadonlySet<MediaKind>;
  /** Undefined sets no limit. */
  readonly maxSizeBytes?: number;
}

/**
 * Why a medium is left out, or undefined when it is wanted. One whose size nobody has announced is wanted until it is
 * found to be too large while it is read.
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
