import { beforeEach, describe, expect, it } from 'vitest';

import { admitByFloodControl } from '../../../../../src/source/telegram/wire/calls/admit-by-flood-control.js';
import { FloodControl, type FloodWait } from '../../../../../src/source/telegram/wire/flood-control.js';
import { neverAborted } from '../../simulated-telegram.js';
import { VirtualClock } from '../virtual-clock.js';
import { ANSWERED, failed, HELD_BACK, lost, refusal, scripted } from './scripted-attempt.js';

const method = 'help.getConfig';
const maxFloodWaitMs = 60_000;
const signal = neverAborted();

let clock: VirtualClock;
let waits: FloodWait[];
let flood: FloodControl;

beforeEach(() => {
  clock = new VirtualClock();
  waits = [];
  flood = new FloodControl({ clock, maxFloodWaitMs, onFloodWait: (wait) => void waits.push(wait) });
});

function pause(seconds: number): ReturnType<typeof failed> {
  return failed(refusal(`FLOOD_WAIT_${seconds}`, 420));
}

describe('admission by flood control', () => {
  it('makes another attempt after the demanded pause', async () => {
    const attempt = scripted(pause(30), ANSWERED);
    expect(await admitByFloodControl(attempt, { flood, method, maxFloodWaitMs, signal })()).toEqual(ANSWERED);
    expect(clock.nowMs()).toBe(30_000);
    expect(waits).toEqual([{ method, waitMs: 30_000 }]);
  });

  it('makes no attempt before the deadline that another call received', async () => {
    flood.order(method, 5000);
    const times: number[] = [];
    const attempt = scripted(ANSWERED);
    const timed = (): ReturnType<typeof attempt> => {
      times.push(clock.nowMs());
      return attempt();
    };
    await admitByFloodControl(timed, { flood, method, maxFloodWaitMs, signal })();
    expect(times).toEqual([5000]);
  });

  it('asks for admission again after an attempt that was held back', async () => {
    let count = 0;
    const heldBackOnce = (): Promise<typeof HELD_BACK | typeof ANSWERED> => {
      count += 1;
      if (count > 1) return Promise.resolve(ANSWERED);
      flood.order(method, 2000);
      return Promise.resolve(HELD_BACK);
    };
    await admitByFloodControl(heldBackOnce, { flood, method, maxFloodWaitMs, signal })();
    expect([count, clock.nowMs()]).toEqual([2, 2000]);
  });

  it('gives up if the total pause of one call exceeds the limit', async () => {
    const attempt = scripted(pause(25));
    const call = admitByFloodControl(attempt, { flood, method, maxFloodWaitMs, signal });
    await expect(call()).rejects.toMatchObject({ code: 'FLOOD_WAIT', retryAfterMs: 25_000 });
    expect(attempt.count).toBe(3);
  });

  it('waits for a total pause that equals the limit', async () => {
    const attempt = scripted(pause(30), pause(30), ANSWERED);
    expect(await admitByFloodControl(attempt, { flood, method, maxFloodWaitMs, signal })()).toEqual(ANSWERED);
  });

  it('gives up after fifty pauses, however short', async () => {
    const attempt = scripted(pause(0));
    const call = admitByFloodControl(attempt, { flood, method, maxFloodWaitMs, signal });
    await expect(call()).rejects.toMatchObject({ code: 'FLOOD_WAIT' });
    expect(attempt.count).toBe(51);
  });

  it('counts the pauses of a repeated call as those of one call', async () => {
    const attempt = scripted(pause(25), failed(lost()), pause(25), failed(lost()), pause(25));
    const call = admitByFloodControl(attempt, { flood, method, maxFloodWaitMs, signal });
    await call();
    await call();
    await expect(call()).rejects.toMatchObject({ code: 'FLOOD_WAIT' });
  });

  it('leaves every other failure to the steps around it', async () => {
    const failure = failed(refusal('CHANNEL_PRIVATE'));
    const attempt = scripted(failure);
    expect(await admitByFloodControl(attempt, { flood, method, maxFloodWaitMs, signal })()).toBe(failure);
    expect(waits).toEqual([]);
  });

  it('ends with the reason of its signal while it waits', async () => {
    const controller = new AbortController();
    const stopping = new FloodControl({
      clock,
      maxFloodWaitMs,
      onFloodWait: () => controller.abort(new Error('enough')),
    });
    const options = { flood: stopping, method, maxFloodWaitMs, signal: controller.signal };
    await expect(admitByFloodControl(scripted(pause(3)), options)()).rejects.toThrow('enough');
  });
});
