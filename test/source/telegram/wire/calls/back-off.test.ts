import { beforeEach, describe, expect, it } from 'vitest';

import { ChatferryError } from '../../../../../src/errors/chatferry-error.js';
import { backOff } from '../../../../../src/source/telegram/wire/calls/back-off.js';
import { retryLostConnections } from '../../../../../src/source/telegram/wire/calls/retry-lost-connections.js';
import { neverAborted } from '../../simulated-telegram.js';
import { VirtualClock } from '../virtual-clock.js';
import { ANSWERED, failed, lost, refusal, scripted } from './scripted-attempt.js';

const signal = neverAborted();
const TROUBLE = failed(refusal('INTERNAL', 500));

let clock: VirtualClock;
let told: string[];

beforeEach(() => {
  clock = new VirtualClock();
  told = [];
});

const onRetry = (text: string): void => void told.push(text);

describe('backing off', () => {
  it('doubles the pause with each attempt, up to eight seconds', async () => {
    const attempt = scripted(TROUBLE);
    expect(await backOff(attempt, { clock, maxRetries: 8, onRetry, signal })()).toBe(TROUBLE);
    expect(clock.waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 8000, 8000]);
    expect(attempt.count).toBe(9);
  });

  it.each([
    ['a lost connection', failed(lost())],
    ['a late answer', failed(new ChatferryError('TIMEOUT', 'No answer.'))],
    ['trouble of the server', TROUBLE],
  ])('makes another attempt after %s, and says so', async (_, failure) => {
    expect(await backOff(scripted(failure, ANSWERED), { clock, maxRetries: 1, onRetry, signal })()).toEqual(ANSWERED);
    expect(told).toEqual([expect.stringMatching(/\. Trying again in 250 ms\.$|INTERNAL.*Trying again in 250 ms\.$/)]);
  });

  it('makes no other attempt after a refusal', async () => {
    const failure = failed(refusal('CHANNEL_PRIVATE'));
    const attempt = scripted(failure, ANSWERED);
    expect(await backOff(attempt, { clock, maxRetries: 6, onRetry, signal })()).toBe(failure);
    expect(told).toEqual([]);
  });

  it('makes one attempt if no retries are permitted', async () => {
    expect(await backOff(scripted(TROUBLE, ANSWERED), { clock, maxRetries: 0, onRetry, signal })()).toBe(TROUBLE);
  });

  it('counts failures over the whole call, not from one loss to the next', async () => {
    const busyLoss = failed(lost(), { hadProgress: true });
    const attempt = scripted(TROUBLE, busyLoss, TROUBLE, busyLoss, TROUBLE, busyLoss, ANSWERED);
    const kept = retryLostConnections(attempt, { clock, signal });
    expect(await backOff(kept, { clock, maxRetries: 2, onRetry, signal })()).toBe(TROUBLE);
    expect(clock.waits).toEqual([250, 250, 500, 250]);
  });

  it('ends with the reason of its signal while it waits', async () => {
    const options = { clock, maxRetries: 6, onRetry, signal: AbortSignal.abort(new Error('enough')) };
    await expect(backOff(scripted(TROUBLE), options)()).rejects.toThrow('enough');
  });
});
