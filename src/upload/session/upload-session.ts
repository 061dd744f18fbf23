import { z } from 'zod';

import type { StoredForm } from '../uploaded-file.js';

/** What a session may be called: it becomes a file name. */
export const SESSION_ID: RegExp = /^\w[\w.-]{0,99}$/;

/** One part that the far end has, as the session remembers it. */
export interface DonePart {
  readonly index: number;
  readonly offset: number;
  readonly sizeBytes: number;
  /** Hex. */
  readonly sha256: string;
  /** The far end's name of it. */
  readonly tag: string;
  readonly uploadedAtMs: number;
  /** How often it was sent. */
  readonly tryCount: number;
  /** Why the last try but the good one failed. */
  readonly error?: string | undefined;
}

/** `paused`: interrupted, to go on with. */
export type SessionStatus = 'active' | 'paused' | 'complete' | 'failed';

/** The persisted state of one upload of one file to one target. Times are UTC milliseconds. */
export interface UploadSession {
  readonly version: 1;
  /** Names its file. */
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
  /** Where other bytes are sent than those of the file: the parts are of these. */
  readonly stored?: StoredForm | undefined;
  readonly partBytes: number;
  /** Undefined until the far end began it. */
  readonly remote?: Readonly<Record<string, string>> | undefined;
  /** Ascending. */
  readonly parts: readonly DonePart[];
  /** Where the far end goes on at any byte: bytes that were sent when that was written last, those of `parts` among them. */
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

/** @returns undefined where the text is no session of this version. */
export function parseSession(text: string): UploadSession | undefined {
  try {
    return SCHEMA.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
