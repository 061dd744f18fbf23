import { orderedWindow } from '../../../concurrency/ordered-window.js';
import { Permits } from '../../../concurrency/permits.js';
import { type ChatferryError, errorMessage, isChatferryError } from '../../../errors/chatferry-error.js';
import { meaningOf } from '../../../errors/error-meaning.js';
import { Retry } from '../../../upload/pace/retry.js';
import type { TargetContext } from '../open-target.js';
import { openSessionRoom } from '../session-room.js';
import { compareRemote } from './compare-remote.js';
import { ManifestTargets } from './manifest-targets.js';
import type { ManifestEntry, UploadManifest } from './upload-manifest.js';
import type { VerifiedFile } from './verified-file.js';

/** Files per concurrent check that are taken from the manifest and not yet yielded. */
const WINDOW_PER_PERMIT = 4;

export interface ManifestVerification extends TargetContext {
  readonly manifest: UploadManifest;
  /**
   * The specs of `--to`: only their files are checked. Empty: the files of all targets that were uploaded to before.
   */
  readonly to: readonly string[];
  /** Reads files back if the target returns them. */
  readonly reads: boolean;
  readonly signal: AbortSignal;
}

/**
 * Compares the files of a manifest with those at the targets, in the order of the manifest.
 *
 * @returns the error of the first target that could not be reached at all; undefined if all could.
 * @throws {ChatferryError} `USAGE`; the signal's reason.
 */
export async function* verifyManifest(
  verification: ManifestVerification,
): AsyncGenerator<VerifiedFile, ChatferryError | undefined, void> {
  const { manifest, to, reads, settings, cwd, signal } = verification;
  using room = await openSessionRoom(settings);
  const retry = new Retry({ maxRetries: settings.uploadMaxRetries });
  await using targets = new ManifestTargets({ settings, cwd, store: room.store, retry });
  for (const spec of to) await targets.name(spec, signal);
  const permits = new Permits(settings.uploadMaxParallel);
  let failure: ChatferryError | undefined;

  const verify = async (entry: ManifestEntry, stopSignal: AbortSignal): Promise<VerifiedFile> => {
    const base = baseOf(entry);
    if (entry.isRemoved === true) return { ...base, state: 'removed' };
    if (entry.expiresAt !== undefined && Date.parse(entry.expiresAt) <= Date.now()) {
      return { ...base, state: 'expired', reason: `${entry.remote} was kept until ${entry.expiresAt}.` };
    }
    if (entry.remoteId.includes('\0')) {
      return { ...base, state: 'failed', reason: `${entry.remote} has a NUL character in its id, so it cannot exist.` };
    }
    const target = await targets.of(entry.target, stopSignal);
    if (target === 'unnamed') return { ...base, state: 'unnamed', reason: unnamed(entry) };
    if ('problem' in target) {
      failure ??= target.problem;
      return { ...base, state: 'failed', reason: target.problem.message };
    }
    const { opened } = target;
    if (!(await opened.holds({ id: entry.remoteId, address: entry.remote }))) {
      return {
        ...base,
        state: 'unnamed',
        reason: `${entry.remote} is not at ${entry.target}, so it was not checked.`,
      };
    }
    try {
      const compare = () => compareRemote(entry, { target: opened.target, reads }, stopSignal);
      return { ...base, ...(await retry.run(compare, stopSignal)) };
    } catch (error) {
      stopSignal.throwIfAborted();
      if (!isChatferryError(error)) throw error;
      if (meaningOf(error).scope === 'run') failure ??= error;
      return { ...base, state: 'failed', reason: errorMessage(error) };
    }
  };

  const window = { size: permits.ceiling * WINDOW_PER_PERMIT, signal };
  const work = (entry: ManifestEntry, stopSignal: AbortSignal) => permits.run(() => verify(entry, stopSignal));
  for await (const outcome of orderedWindow(wanted(manifest, to, targets), work, window)) {
    if (!outcome.ok) throw outcome.error;
    yield outcome.value;
  }
  return failure;
}

/** If targets are named, only their files. */
async function* wanted(
  { files }: UploadManifest,
  to: readonly string[],
  targets: ManifestTargets,
): AsyncGenerator<ManifestEntry, void, void> {
  for (const entry of files) if (to.length === 0 || targets.isNamed(entry.target)) yield await Promise.resolve(entry);
}

function baseOf({ path, name, target, remote, sizeBytes, sha256 }: ManifestEntry): Omit<VerifiedFile, 'state'> {
  return { path, name, target, remote, sizeBytes, sha256 };
}

function unnamed({ target }: ManifestEntry): string {
  return `This user has never uploaded to ${target}, so it was not asked. If you know it, name it: --to ${target}`;
}
