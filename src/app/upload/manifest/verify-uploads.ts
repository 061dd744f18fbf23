import { resolve } from 'node:path';

import { defaultUploadSettings } from '../../../config/upload/default-upload-settings.js';
import { ChatferryError } from '../../../errors/chatferry-error.js';
import type { TargetSettings } from '../target-kind.js';
import { readManifest } from './manifest-file.js';
import type { VerifiedFile } from './verified-file.js';
import { verifyManifest } from './verify-manifest.js';

export interface VerifyUploadsOptions {
  /** As for `--to`: only the files of these targets. @defaultValue all targets that `uploadFiles` has uploaded to */
  readonly to?: string | readonly string[];
  /** Read files back where the target returns them, and compare their SHA-256. @defaultValue false */
  readonly read?: boolean;
  /** As for `uploadFiles`: settings that differ from the defaults, including keys of stores. */
  readonly settings?: Partial<TargetSettings>;
  /** The base of relative paths. @defaultValue the working directory */
  readonly cwd?: string;
  readonly signal?: AbortSignal;
}

/**
 * Compares the files of a manifest with those at the targets, by the strongest checksum of each target.
 *
 * @param manifest - The path of a file that `uploadFiles` or `chatferry upload` has written.
 * @returns the files in the order of the manifest. One that could not be compared has the state `failed` and a reason.
 * @throws {ChatferryError} `USAGE` when there is no such manifest, or for invalid options; the signal's reason.
 */
export async function* verifyUploads(
  manifest: string,
  options: VerifyUploadsOptions = {},
): AsyncGenerator<VerifiedFile, void, void> {
  const { to = [], read = false, settings, cwd = process.cwd(), signal = new AbortController().signal } = options;
  const path = resolve(cwd, manifest);
  const found = await readManifest(path, 'Name the manifest of an upload.');
  if (found === undefined) throw new ChatferryError('USAGE', `There is no ${path}. Check its spelling.`);
  yield* verifyManifest({
    manifest: found,
    to: typeof to === 'string' ? [to] : to,
    reads: read,
    settings: { ...defaultUploadSettings(), ...settings },
    cwd,
    signal,
  });
}
