/** The kinds of Telegram's `MessageEntity`. Offsets and lengths are in UTF-16 code units, as in JavaScript strings. */
export type EntityKind =
  | 'mention'
  | 'hashtag'
  | 'cashtag'
  | 'bot-command'
  | 'link'
  | 'email'
  | 'phone'
  | 'bank-card'
  | 'bold'
  | 'italic'
  | 'underline'
  | 'strikethrough'
  | 'spoiler'
  | 'code'
  | 'pre'
  | 'text-link'
  | 'mention-name'
  | 'blockquote'
  | 'custom-emoji'
  | 'unknown';

export interface TextEntity {
  readonly kind: EntityKind;
  /** UTF-16 code units from the start of the text. */
  readonly offset: number;
  /** UTF-16 code units. */
  readonly length: number;
  /** `pre`: the programming language, may be empty. */
  readonly language?: string;
  /** `text-link`: where it leads. Untrusted. */
  readonly url?: string;
  /** `mention-name`: Telegram's bare user id. */
  readonly userId?: string;
  /** `blockquote`: shown folded. */
  readonly collapsed?: boolean;
  /** `custom-emoji`: the id of the emoji's document. */
  readonly documentId?: string;
}

/** Text with its entities, in ascending order of offset; they may nest and overlap. */
export interface FormattedText {
  readonly text: string;
  readonly entities: readonly TextEntity[];
}
