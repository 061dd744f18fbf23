import { getEventListeners } from 'node:events';

import { describe, expect, it } from 'vitest';

import { unlessAborted } from '../../src/concurrency/unless-aborted.js';
import { deferred, settle } from './deferred.js';

describe('unlessAborted', () => {
  it('settles as the work does, and leaves no listener behind', async () => {
    const { signal } = new AbortController();
    await expect(unlessAborted(Promise.resolve('done'), signal)).resolves.toBe('done');
    await expect(unlessAborted(Promise.reject(new Error('lost')), signal)).rejects.toThrow('lost');
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('throws the reason as soon as the signal aborts, while the work goes on', async () => {
    const controller = new AbortController();
    const work = deferred<string>();
    const waiting = unlessAborted(work.promise, controller.signal);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
    controller.abort(new Error('user cancelled'));
    await expect(waiting).rejects.toThrow('user cancelled');
    work.resolve('done');
    await expect(work.promise).resolves.toBe('done');
  });

  it('does not wait when the signal is aborted already, and a later failure of the work disturbs nobody', async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', note);
    const work = deferred();
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(unlessAborted(work.promise, signal)).rejects.toThrow('too late');
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    work.reject(new Error('lost'));
    await settle();
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });
});
