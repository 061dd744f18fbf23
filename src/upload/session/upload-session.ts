import { z } from 'zod';

import type { StoredForm } from '../uploaded-file.js';

/** Valid ids of sessions. They become file names. */
export const SESSION_ID: RegExp = /^\w[\w.-]{0,99}$/;

/** The record of one part that the target has. */
export interface DonePart {
  readonly index: number;
  readonly offset: number;
  readonly sizeBytes: number;
  /** Hex. */
  readonly sha256: string;
  /** Its name at the target. */
  readonly tag: string;
  readonly uploadedAtMs: number;
  /** How often it was sent. */
  readonly tryCount: number;
  /** Why the last failed try failed. */
  readonly error?: string | undefined;
}

/** `paused`: interrupted, can be resumed. */
export type SessionStatus = 'active' | 'paused' | 'complete' | 'failed';

/** The persisted state of one upload of one file to one target. Times are UTC milliseconds. */
export interface UploadSession {
  readonly version: 1;
  /** Also the name of its file. */
  readonly id: string;
  /** Absolute, of the source. */
  readonly path: string;
  /** The target's own id. */
  readonly target: string;
  /** The name of the file at the target. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Of the whole file, hex. */
  readonly sha256: string;
  readonly modifiedNs: string;
  readonly inode: string;
  /** Set if the sent bytes are not those of the file. The parts then refer to the sent bytes. */
  readonly stored?: StoredForm | undefined;
  readonly partBytes: number;
  /** Undefined until the target has begun it. */
  readonly remote?: Readonly<Record<string, string>> | undefined;
  /** Ascending. */
  readonly parts: readonly DonePart[];
  /** If the target can resume at any byte: the number of sent bytes at the last write, including those of `parts`. */
  readonly sentBytes?: number | undefined;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly expiresAtMs: number;
  /**
   * Percent that were shown; they never decrease. While the session is active, this is what may have been shown before the next
   * write, because a killed run cannot record what it showed last.
   */
  readonly shownPercentage: number;
  readonly status: SessionStatus;
  /** Why it failed. */
  readonly error?: string | undefined;
}

const count = z.number().int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const SCHEMA: z.ZodType<UploadSession> = z.object({
  version: z.literal(1),
  id: z.string().regex(SESSION_ID),
  path: z.string(),
  target: z.string(),
  name: z.string(),
  sizeBytes: count,
  sha256,
  modifiedNs: z.string(),
  inode: z.string(),
  stored: z.object({ encoding: z.literal('gzip'), sizeBytes: count, sha256 }).optional(),
  partBytes: z.number().int().positive(),
  remote: z.record(z.string(), z.string()).optional(),
  parts: z.array(
    z.object({
      index: count,
      offset: count,
      sizeBytes: count,
      sha256,
      tag: z.string(),
      uploadedAtMs: count,
      tryCount: z.number().int().positive(),
      error: z.string().optional(),
    }),
  ),
  sentBytes: count.optional(),
  createdAtMs: count,
  updatedAtMs: count,
  expiresAtMs: count,
  shownPercentage: z.number().min(0).max(100),
  status: z.enum(['active', 'paused', 'complete', 'failed']),
  error: z.string().optional(),
});

/** @returns undefined if the text is not a session of this version. */
export function parseSession(text: string): UploadSession | undefined {
  try {
    return SCHEMA.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
