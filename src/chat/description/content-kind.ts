/** What a file is by its bytes. Its name and its sender do not count. */
export interface ContentKind {
  /** `empty`: no bytes. `unknown`: the file could not be read. */
  readonly kind: 'image' | 'video' | 'audio' | 'animated-sticker' | 'document' | 'empty' | 'unknown';
  /** `application/octet-stream` where the bytes do not say. */
  readonly mimeType: string;
  /** Without a dot. Undefined where the bytes do not say. */
  readonly extension?: string;
}
