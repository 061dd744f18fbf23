import { z } from 'zod';

import { toldTime } from '../../http/told.js';

/** The parts of a file resource that are used here (https://ai.google.dev/api/files#File). */
export interface GeminiFile {
  /** `files/` and an id. */
  readonly name: string;
  /** The name that it was begun with. */
  readonly displayName?: string | undefined;
  readonly sizeBytes?: number | undefined;
  /** RFC 3339. */
  readonly expirationTime?: string | undefined;
  readonly sha256Hash?: string | undefined;
  readonly uri?: string | undefined;
  /** `PROCESSING`, `ACTIVE`, `FAILED`. */
  readonly state?: string | undefined;
  /** Why it failed. */
  readonly error?: { readonly message?: string | undefined } | undefined;
}

export const geminiFile: z.ZodType<GeminiFile> = z.object({
  name: z.string().regex(/^files\/[\w-]{1,64}$/),
  displayName: z.string().optional(),
  /** A decimal number: int64 is text in JSON. */
  sizeBytes: z.coerce.number().int().nonnegative().optional(),
  expirationTime: z.string().optional(),
  sha256Hash: z.string().optional(),
  uri: z.string().optional(),
  state: z.string().optional(),
  error: z.object({ message: z.string().optional() }).optional(),
});

interface GeminiFilePage {
  readonly files?: readonly GeminiFile[] | undefined;
  readonly nextPageToken?: string | undefined;
}

export const geminiFilePage: z.ZodType<GeminiFilePage> = z.object({
  files: z.array(geminiFile).optional(),
  nextPageToken: z.string().optional(),
});

/**
 * The SHA-256 of a file in hex. The reference says Base64 of the hash; the service sends Base64 of its hex digits
 * (https://github.com/googleapis/js-genai/issues/381). Both are read; undefined for anything else.
 */
export function sha256Of({ sha256Hash = '' }: GeminiFile): string | undefined {
  const bytes = Buffer.from(sha256Hash, 'base64');
  if (bytes.length === 32) return bytes.toString('hex');
  const text = bytes.toString('latin1').toLowerCase();
  return /^[0-9a-f]{64}$/.test(text) ? text : undefined;
}

/** UTC milliseconds; undefined if it does not expire. */
export function expiresAtMsOf({ expirationTime = '' }: GeminiFile): number | undefined {
  return toldTime(Date.parse(expirationTime));
}
