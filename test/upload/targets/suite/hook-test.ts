import { expect, it } from 'vitest';

import type { FarEndHook, TargetUnderTest } from '../far-end.js';

/** Registers a test of what only some far ends can be made to do; one that is not for this target does not exist. */
export function hookTest(under: TargetUnderTest, name: FarEndHook): (title: string, test: () => Promise<void>) => void {
  return under.lacks?.includes(name) === true ? () => undefined : (under.test ?? it);
}

/** What a hook gave. Fails the test of a far end that has no such hook and does not say that it lacks it. */
export function hook(running: Promise<void> | undefined): Promise<void> {
  return running ?? expect.unreachable('The far end has no such hook, and does not say that it lacks it.');
}
