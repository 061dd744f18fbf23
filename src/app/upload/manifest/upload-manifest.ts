import { z } from 'zod';

import type { StoredForm, UploadedFile } from '../../../upload/uploaded-file.js';

/** One file that a target has. */
export interface ManifestEntry {
  /** Where it came from, absolute. */
  readonly path: string;
  /** What it is called at the far end. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Hex. */
  readonly sha256: string;
  /** How it is kept there, where that is not as it is. */
  readonly stored?: StoredForm | undefined;
  /** The target's own id. */
  readonly target: string;
  /** Its address there, for people. */
  readonly remote: string;
  /** The target's own id of it. */
  readonly remoteId: string;
  /** ISO 8601, UTC; absent where it stays. */
  readonly expiresAt?: string | undefined;
  /** The target does not have it any more, as the user wanted. */
  readonly isRemoved?: boolean | undefined;
  /** Absolute: what the target read in it. */
  readonly extractedPath?: string | undefined;
}

/** What uploads have left at targets. A text for people as well. */
export interface UploadManifest {
  readonly type: 'chatferry-upload-manifest';
  readonly version: 1;
  readonly files: readonly ManifestEntry[];
}

/** Longer texts are no paths and no addresses. */
const text = z.string().max(16_384);

const count = z.number().int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const ENTRY: z.ZodType<ManifestEntry> = z.object({
  path: text,
  name: text,
  sizeBytes: count,
  sha256,
  stored: z.object({ encoding: z.literal('gzip'), sizeBytes: count, sha256 }).optional(),
  target: text,
  remote: text,
  remoteId: text,
  expiresAt: z.iso.datetime().optional(),
  isRemoved: z.boolean().optional(),
  extractedPath: text.optional(),
});

const SCHEMA: z.ZodType<UploadManifest> = z.object({
  type: z.literal('chatferry-upload-manifest'),
  version: z.literal(1),
  files: z.array(ENTRY),
});

/** @returns undefined where the text is no manifest of this version. */
export function parseManifest(json: string): UploadManifest | undefined {
  try {
    return SCHEMA.safeParse(JSON.parse(json)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** What a manifest says of a file that has arrived; undefined for one that has not, and for what no manifest can say. */
export function manifestEntry(file: UploadedFile): ManifestEntry | undefined {
  if (file.state === 'failed') return undefined;
  const { path, name, sizeBytes, sha256, target, remote, remoteId } = file;
  const { stored, expiresAtMs, isRemoved, extractedPath } = file;
  const entry = {
    ...{ path, name, sizeBytes, sha256, target, remote, remoteId },
    ...(stored === undefined ? {} : { stored }),
    ...(expiresAtMs === undefined ? {} : { expiresAt: new Date(expiresAtMs).toISOString() }),
    ...(isRemoved === undefined ? {} : { isRemoved }),
    ...(extractedPath === undefined ? {} : { extractedPath }),
  };
  // One that could not be read again would cost all others.
  return ENTRY.safeParse(entry).success ? entry : undefined;
}

/**
 * A manifest with more entries. One of the same name at the same target takes the place of the older; others stay, in their
 * order, and what is new follows in the order given.
 */
export function mergedManifest(earlier: UploadManifest | undefined, added: readonly ManifestEntry[]): UploadManifest {
  const files = new Map<string, ManifestEntry>();
  for (const entry of [...(earlier?.files ?? []), ...added]) files.set(`${entry.target}\0${entry.name}`, entry);
  return { type: 'chatferry-upload-manifest', version: 1, files: [...files.values()] };
}
