import { EventEmitter, once } from 'node:events';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Shutdown, STOP_SIGNALS } from '../../src/app/shutdown.js';

let signals: EventEmitter;
let exits: number[];
let said: string[];

function listen(graceMs?: number): Shutdown {
  return new Shutdown({
    signals,
    exit: (code) => exits.push(code),
    onInterrupt: (name) => said.push(name),
    onForce: (reason) => said.push(reason),
    ...(graceMs === undefined ? {} : { graceMs }),
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  [signals, exits, said] = [new EventEmitter(), [], []];
});

afterEach(() => {
  vi.useRealTimers();
});

describe('Shutdown', () => {
  it.each(STOP_SIGNALS)('aborts with INTERRUPTED at the first %s, and says so before', async (name) => {
    using shutdown = listen();
    const aborted = once(shutdown.signal, 'abort');
    signals.emit(name, name, 2);
    await aborted;
    expect(shutdown.signal.reason).toMatchObject({ code: 'INTERRUPTED' });
    expect((shutdown.signal.reason as Error).message).toContain('the same command continues');
    expect(said).toEqual([name]);
    expect(exits).toEqual([]);
  });

  it('ends the process with 6 at the second signal, whichever it is', () => {
    using shutdown = listen();
    signals.emit('SIGINT', 'SIGINT');
    signals.emit('SIGTERM', 'SIGTERM');
    expect(exits).toEqual([6]);
    expect(said).toEqual(['SIGINT', 'asked again']);
    expect(shutdown.signal.aborted).toBe(true);
  });

  it('ends the process with 6 when the run has not ended within the two seconds that are promised', () => {
    using shutdown = listen();
    signals.emit('SIGINT', 'SIGINT');
    vi.advanceTimersByTime(1699);
    expect(exits).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(exits).toEqual([6]);
    expect(said).toEqual(['SIGINT', 'too slow']);
    expect(shutdown.signal.aborted).toBe(true);
  });

  it('leaves the process alone once the run is over', () => {
    const shutdown = listen();
    signals.emit('SIGINT', 'SIGINT');
    shutdown[Symbol.dispose]();
    vi.advanceTimersByTime(10_000);
    expect(exits).toEqual([]);
    for (const name of STOP_SIGNALS) expect(signals.listenerCount(name)).toBe(0);
  });
});
