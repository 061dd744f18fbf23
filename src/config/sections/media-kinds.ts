import type { MediaKind } from '../../chat/media.js';

/** Exhaustive by its type: a new kind of media does not compile until it is here. */
const EVERY_KIND: Readonly<Record<MediaKind, true>> = {
  photo: true,
  video: true,
  'round-video': true,
  voice: true,
  audio: true,
  animation: true,
  sticker: true,
  document: true,
  'contact-card': true,
  thumbnail: true,
};

/** All kinds, in the order in which people see them. */
export const MEDIA_KINDS: readonly MediaKind[] = Object.keys(EVERY_KIND) as MediaKind[];
