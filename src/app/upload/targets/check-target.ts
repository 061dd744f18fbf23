import type { TargetRun } from '../../../upload/target-run.js';

/**
 * Checks a target before files are sent to it. If the run trusts the record of earlier uploads, `look` is called first:
 * `check` would create the folder on a share that is not mounted, and all files would seem to be there.
 *
 * @throws {ChatferryError} what the target throws, after all tries; the signal's reason.
 */
export async function checkTarget({ target, retry, store, check }: TargetRun, signal: AbortSignal): Promise<void> {
  if (check === 'remembered' && store.knows(target.id)) {
    await retry.run(async () => target.look?.(signal), signal);
  }
  await retry.run(() => target.check(signal), signal);
}
