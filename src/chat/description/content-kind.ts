/** What a file is by its bytes, whatever its name or its sender says. */
export interface ContentKind {
  /** `empty`: no bytes. `unknown`: the file could not be read. */
  readonly kind: 'image' | 'video' | 'audio' | 'animated-sticker' | 'document' | 'empty' | 'unknown';
  /** `application/octet-stream` where the bytes tell nothing. */
  readonly mimeType: string;
  /** Without a dot. Undefined where the bytes tell nothing. */
  readonly extension?: string;
}
