import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';

import { FloodControl, type FloodWait, orderedWaitMs } from '../../../../src/source/telegram/wire/flood-control.js';
import { neverAborted } from '../simulated-telegram.js';
import { VirtualClock } from './virtual-clock.js';

describe('flood control', () => {
  it('admits a method at once without a flood wait', async () => {
    const clock = new VirtualClock();
    await new FloodControl({ clock, maxFloodWaitMs: 1000 }).admit('messages.getHistory', neverAborted());
    expect(clock.waits).toEqual([]);
  });

  it('holds a method back until its deadline while others continue', async () => {
    const clock = new VirtualClock();
    const control = new FloodControl({ clock, maxFloodWaitMs: 60_000 });
    control.order('messages.getHistory', 30_000);
    await control.admit('upload.getFile', neverAborted());
    expect(clock.nowMs()).toBe(0);
    await control.admit('messages.getHistory', neverAborted());
    expect(clock.nowMs()).toBe(30_000);
  });

  it('keeps the later of two deadlines', async () => {
    const clock = new VirtualClock();
    const control = new FloodControl({ clock, maxFloodWaitMs: 60_000 });
    control.order('a', 30_000);
    control.order('a', 10_000);
    await control.admit('a', neverAborted());
    expect(clock.nowMs()).toBe(30_000);
  });

  it('waits again when the deadline was moved during the wait', async () => {
    const clock = new VirtualClock();
    const control = new FloodControl({ clock, maxFloodWaitMs: 60_000 });
    control.order('a', 5_000);
    const admitted = control.admit('a', neverAborted());
    control.order('a', 9_000);
    await admitted;
    expect(clock.nowMs()).toBe(9_000);
  });

  it('refuses a wait beyond the limit at once, and says how long it would be', async () => {
    const control = new FloodControl({ clock: new VirtualClock(), maxFloodWaitMs: 60_000 });
    control.order('a', 61_000);
    await expect(control.admit('a', neverAborted())).rejects.toMatchObject({
      code: 'FLOOD_WAIT',
      retryAfterMs: 61_000,
      message: expect.stringContaining('61 seconds') as string,
    });
  });

  it('reports each pause that is demanded', () => {
    const announced: FloodWait[] = [];
    const onFloodWait = (wait: FloodWait): void => void announced.push(wait);
    const control = new FloodControl({ clock: new VirtualClock(), maxFloodWaitMs: 60_000, onFloodWait });
    control.order('a', 3_000);
    expect(announced).toEqual([{ method: 'a', waitMs: 3_000 }]);
  });

  it('stops waiting when the signal aborts', async () => {
    const control = new FloodControl({ clock: new VirtualClock(), maxFloodWaitMs: 60_000 });
    control.order('a', 3_000);
    const controller = new AbortController();
    const admitted = control.admit('a', controller.signal);
    controller.abort(new Error('enough'));
    await expect(admitted).rejects.toThrow('enough');
  });

  it('rejects a limit that is not a number', () => {
    expect(() => new FloodControl({ clock: new VirtualClock(), maxFloodWaitMs: Number.NaN })).toThrow('NaN');
  });

  const order = fc.record({ method: fc.constantFrom('a', 'b'), waitMs: fc.integer({ min: 1, max: 5000 }) });
  const step = fc.record({ orders: fc.array(order, { maxLength: 4 }), callers: fc.array(fc.constantFrom('a', 'b')) });

  test.prop([fc.array(step, { maxLength: 30 })])('no call of a method comes before its deadline', async (steps) => {
    const clock = new VirtualClock();
    const control = new FloodControl({ clock, maxFloodWaitMs: 1_000_000 });
    const deadlines = new Map<string, number>();
    for (const { orders, callers } of steps) {
      for (const { method, waitMs } of orders) {
        control.order(method, waitMs);
        deadlines.set(method, Math.max(deadlines.get(method) ?? 0, clock.nowMs() + waitMs));
      }
      await Promise.all(
        callers.map(async (method) => {
          await control.admit(method, neverAborted());
          expect(clock.nowMs()).toBeGreaterThanOrEqual(deadlines.get(method) ?? 0);
        }),
      );
    }
  });
});

describe('the pause that an error demands', () => {
  it.each([
    ['FLOOD_WAIT_30', 30_000],
    ['FLOOD_PREMIUM_WAIT_5', 5_000],
    ['FLOOD_TEST_PHONE_WAIT_2', 2_000],
    ['TAKEOUT_INIT_DELAY_86400', 86_400_000],
    ['FLOOD_WAIT_X', undefined],
    ['PEER_FLOOD', undefined],
  ])('%s → %s ms', (text, waitMs) => {
    expect(orderedWaitMs(text)).toBe(waitMs);
  });
});
