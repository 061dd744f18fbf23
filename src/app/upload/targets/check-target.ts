import type { TargetRun } from '../../../upload/target-run.js';

/**
 * Checks a target before files are sent to it. Where a run is to believe what was sent there before, the place is looked at
 * first: `check` would make the folder of a share that is not mounted, and all would seem to be there.
 *
 * @throws {ChatferryError} what the target throws, after all tries; the signal's reason.
 */
export async function checkTarget({ target, retry, store, check }: TargetRun, signal: AbortSignal): Promise<void> {
  if (check === 'remembered' && store.knows(target.id)) {
    await retry.run(async () => target.look?.(signal), signal);
  }
  await retry.run(() => target.check(signal), signal);
}
