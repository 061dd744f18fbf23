import { beforeEach, describe, expect, it } from 'vitest';

import { ChatferryError } from '../../../../../src/errors/chatferry-error.js';
import { retryLostConnections } from '../../../../../src/source/telegram/wire/calls/retry-lost-connections.js';
import { neverAborted } from '../../simulated-telegram.js';
import { VirtualClock } from '../virtual-clock.js';
import { ANSWERED, failed, lost, refusal, scripted } from './scripted-attempt.js';

const signal = neverAborted();
const BUSY_LOSS = failed(lost(), { hadProgress: true });

let clock: VirtualClock;

beforeEach(() => {
  clock = new VirtualClock();
});

describe('retrying lost connections', () => {
  it('makes another attempt after a loss when the connection answered others', async () => {
    const attempt = scripted(BUSY_LOSS, BUSY_LOSS, ANSWERED);
    expect(await retryLostConnections(attempt, { clock, signal })()).toEqual(ANSWERED);
    expect(clock.waits).toEqual([250, 250]);
  });

  it.each([
    ['a connection that answered nobody', failed(lost())],
    ['a late answer', failed(new ChatferryError('TIMEOUT', 'No answer.'), { hadProgress: true })],
    ['a refusal', failed(refusal('CHANNEL_PRIVATE'), { hadProgress: true })],
  ])('leaves %s to the steps around it', async (_, failure) => {
    expect(await retryLostConnections(scripted(failure), { clock, signal })()).toBe(failure);
    expect(clock.waits).toEqual([]);
  });

  it('ends for a request that causes the losses itself, also if the call is repeated', async () => {
    const attempt = scripted(BUSY_LOSS);
    const call = retryLostConnections(attempt, { clock, signal });
    expect(await call()).toBe(BUSY_LOSS);
    expect(attempt.count).toBe(51);
    expect(await call()).toBe(BUSY_LOSS);
    expect(attempt.count).toBe(52);
  });

  it('ends with the reason of its signal while it waits', async () => {
    const aborted = AbortSignal.abort(new Error('enough'));
    await expect(retryLostConnections(scripted(BUSY_LOSS), { clock, signal: aborted })()).rejects.toThrow('enough');
  });
});
