import { z } from 'zod';

import type { StoredForm, UploadedFile } from '../../../upload/uploaded-file.js';

/** One file that a target has. */
export interface ManifestEntry {
  /** The path of the source, absolute. */
  readonly path: string;
  /** Its name at the target. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Hex. */
  readonly sha256: string;
  /** How it is stored there, if not unchanged. */
  readonly stored?: StoredForm | undefined;
  /** The target's own id. */
  readonly target: string;
  /** Its address there, for users. */
  readonly remote: string;
  /** Its id at the target. */
  readonly remoteId: string;
  /** ISO 8601, UTC; absent if it does not expire. */
  readonly expiresAt?: string | undefined;
  /** It was removed from the target, as the user wanted. */
  readonly isRemoved?: boolean | undefined;
  /** The text that the target extracted from it; absolute path. */
  readonly extractedPath?: string | undefined;
}

/** The files that uploads have stored at targets. Readable by people too. */
export interface UploadManifest {
  readonly type: 'chatferry-upload-manifest';
  readonly version: 1;
  readonly files: readonly ManifestEntry[];
}

/** Longer texts are not valid paths or addresses. */
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

/** @returns undefined if the text is not a manifest of this version. */
export function parseManifest(json: string): UploadManifest | undefined {
  try {
    return SCHEMA.safeParse(JSON.parse(json)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The manifest entry of an uploaded file; undefined if the file was not uploaded or does not fit into a manifest. */
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
  // An invalid entry would make the whole manifest unreadable.
  return ENTRY.safeParse(entry).success ? entry : undefined;
}

/**
 * A manifest with added entries. An entry replaces an older one with the same name at the same target. Other entries
 * keep their order, and new ones follow in the order given.
 */
export function mergedManifest(earlier: UploadManifest | undefined, added: readonly ManifestEntry[]): UploadManifest {
  const files = new Map<string, ManifestEntry>();
  for (const entry of [...(earlier?.files ?? []), ...added]) files.set(`${entry.target}\0${entry.name}`, entry);
  return { type: 'chatferry-upload-manifest', version: 1, files: [...files.values()] };
}
