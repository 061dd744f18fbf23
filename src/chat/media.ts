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

/** The part that a file has in its message. A message has at most one `main` file, unless it is paid media with several files. */
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

/** A file of a message. */
export interface Media {
  readonly kind: MediaKind;
  readonly role: MediaRole;
  /**
   * Identifies the bytes at the source, so that they are fetched only once: `document:123`, `photo:123`,
   * `document:123:thumbnail`. Undefined where the source has no id for them (a contact card).
   */
  readonly remoteId?: string;
  /** As the source announces it; it may be wrong. Undefined when the source announces none, or 0. */
  readonly sizeBytes?: number;
  /** A lower bound, known from a download that was stopped because the file exceeds the user's limit. */
  readonly leastBytes?: number;
  readonly mimeType?: string;
  /** The original name. Untrusted data: it never decides a path on the disk. */
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
  /** The bytes where the message contains them, as for a contact card. UTF-8. */
  readonly inlineContent?: string;
  /**
   * Set when the bytes are unavailable for good, with a reason for people: by the source, or after it has refused them
   * permanently.
   */
  readonly unavailableReason?: string;
}
