export type MediaKind =
  | 'photo'
  | 'video'
  | 'round-video'
  | 'voice'
  | 'audio'
  | 'animation'
  | 'sticker'
  | 'document'
  | 'contact-card'
  | 'thumbnail';

/** What a medium is to its message. A message has at most one `main` unless it is paid media with several files. */
export type MediaRole =
  | 'main'
  /** The preview picture that Telegram keeps with the `main` document. */
  | 'thumbnail'
  | 'web-page'
  | 'paid'
  | 'story'
  /** The picture of a service message: new chat photo, suggested profile photo. */
  | 'chat-photo'
  | 'cover';

/** Something a message carries that has bytes. */
export interface Media {
  readonly kind: MediaKind;
  readonly role: MediaRole;
  /**
   * Names the bytes at the source, so that they need not be fetched twice: `document:123`, `photo:123`,
   * `document:123:thumbnail`. Undefined where the source has no identity for them (a contact card).
   */
  readonly remoteId?: string;
  /** As the source announces it; it may be wrong. Undefined when it does not: an announced 0 means that as well. */
  readonly sizeBytes?: number;
  /** Known by reading: it has at least so many bytes, which are more than the user wants. */
  readonly leastBytes?: number;
  readonly mimeType?: string;
  /** The original name. Untrusted data: names on disk are made, never taken. */
  readonly fileName?: string;
  readonly width?: number;
  readonly height?: number;
  readonly durationSeconds?: number;
  readonly performer?: string;
  readonly title?: string;
  readonly stickerEmoji?: string;
  readonly hasSpoiler?: boolean;
  /** Self-destructs this long after it is opened. */
  readonly ttlSeconds?: number;
  /** Telegram's own waveform of a voice note: 100 values of 5 bits, packed; base64. */
  readonly waveform?: string;
  /** The bytes themselves where the message carries them, as a contact card does. UTF-8. */
  readonly inlineContent?: string;
  /**
   * Set when the bytes cannot be had at all, with a reason for people: by the source, or once it has refused them for
   * good.
   */
  readonly unavailableReason?: string;
  /**
   * What the source needs to fetch the bytes. Opaque to everyone else; lives only as long as the run and is never
   * stored.
   */
  readonly location?: unknown;
}
