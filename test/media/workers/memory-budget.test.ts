import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';

import { MemoryBudget } from '../../../src/media/workers/memory-budget.js';

const never = new AbortController().signal;

/** Lets everything that is ready to run have run. */
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('MemoryBudget', () => {
  test.prop([fc.array(fc.integer({ min: 1, max: 150 }), { minLength: 1, maxLength: 30 }), fc.infiniteStream(fc.nat())])(
    'holds no more than there is but for one alone, in the order of asking, and admits all',
    async (sizes, choices) => {
      const budget = new MemoryBudget(100);
      const held: { bytes: number; giveBack: () => void }[] = [];
      const admitted: number[] = [];
      const all = sizes.map(async (bytes, index) => {
        const giveBack = await budget.take(bytes, never);
        admitted.push(index);
        held.push({ bytes, giveBack });
      });
      while (admitted.length < sizes.length || held.length > 0) {
        await settled();
        const sum = held.reduce((bytes, one) => bytes + one.bytes, 0);
        expect(budget.heldBytes).toBe(sum);
        expect(sum <= 100 || held.length === 1).toBe(true);
        const next = sizes[admitted.length];
        // Nobody waits for room that is there.
        if (next !== undefined) expect(held.length > 0 && sum + next > 100).toBe(true);
        const choice = (choices.next().value ?? 0) % held.length;
        for (const { giveBack } of held.splice(choice, 1)) {
          giveBack();
          giveBack(); // A second call does nothing.
        }
      }
      await Promise.all(all);
      expect(admitted).toEqual(sizes.map((_, index) => index));
      expect(budget.heldBytes).toBe(0);
    },
  );

  it('lets the next go ahead when one that waits gives up', async () => {
    const budget = new MemoryBudget(100);
    const giveBack = await budget.take(60, never);
    const controller = new AbortController();
    const large = budget.take(80, controller.signal);
    const small = budget.take(30, never);
    controller.abort(new Error('enough'));
    await expect(large).rejects.toThrow('enough');
    (await small)();
    giveBack();
    expect(budget.heldBytes).toBe(0);
    await expect(budget.take(1, controller.signal)).rejects.toThrow('enough');
  });
});
