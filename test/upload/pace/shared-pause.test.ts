import { describe, expect, it } from 'vitest';

import { ChatferryError } from '../../../src/errors/chatferry-error.js';
import { Parallelism } from '../../../src/upload/pace/parallelism.js';
import { Requests } from '../../../src/upload/pace/requests.js';
import { Retry } from '../../../src/upload/pace/retry.js';
import { SharedPause } from '../../../src/upload/pace/shared-pause.js';
import { WaitsForOthers } from '../../../src/upload/pace/waits-for-others.js';
import { VirtualTimers } from '../servers/virtual-timers.js';

const SENDERS = 8;
const { signal } = new AbortController();

/** Eight senders on one budget, each with requests of its own file, on one virtual clock. */
function openSenders(maxRetries = 5) {
  const time = new VirtualTimers();
  const { now, wait } = time;
  const shared = {
    parallelism: new Parallelism({ most: SENDERS, now }),
    retry: new Retry({ maxRetries, random: () => 0.5, wait }),
    pause: new SharedPause({ now, wait }),
    onNote: () => undefined,
  };
  const begunAt: number[] = [];
  /** Sends so many parts for each sender. @param answer - Undefined: it is taken, after a second. */
  const sendAll = (partCount: number, answer: (number: number) => Error | undefined) =>
    time.during(
      Promise.allSettled(
        Array.from({ length: SENDERS }, async (_, sender) => {
          const requests = new Requests({ ...shared, subject: `file ${sender}` });
          for (let part = 0; part < partCount; part += 1) {
            const request = async (): Promise<void> => {
              begunAt.push(now());
              const error = answer(begunAt.length);
              await wait(error === undefined ? 1000 : 100);
              if (error !== undefined) throw error;
            };
            await requests.run({ what: 'part', request, sizeBytes: 1000 }, signal);
          }
          return requests;
        }),
      ),
    );
  return { begunAt, sendAll };
}

function tooMany(afterMs: number): ChatferryError {
  return new ChatferryError('REMOTE_ERROR', '429', { retryAfterMs: afterMs });
}

describe('A pause that the far end orders', () => {
  it('is kept by all senders: one runs into it, those on their way end, and nobody begins before it is over', async () => {
    const { begunAt, sendAll } = openSenders();
    const ended = await sendAll(4, (number) => (number === 17 ? tooMany(30_000) : undefined));
    expect(ended.map(({ status }) => status)).toEqual(Array(SENDERS).fill('fulfilled'));
    expect(begunAt).toHaveLength(4 * SENDERS + 1);
    // The third round begins at 2 s, the first of it is refused at 2.1 s.
    expect(begunAt.filter((ms) => ms > 2000 && ms < 32_100)).toEqual([]);
    expect(begunAt.filter((ms) => ms >= 32_100)).toHaveLength(SENDERS + 1);
  });

  it('lasts as long as the longest that was ordered', async () => {
    const { begunAt, sendAll } = openSenders();
    await sendAll(2, (number) => (number <= SENDERS ? tooMany(number * 1000) : undefined));
    expect(begunAt.filter((ms) => ms > 0 && ms < 8100)).toEqual([]);
    expect(begunAt).toHaveLength(3 * SENDERS);
  });

  it('of more than ten minutes fails the file that met it, and holds up no other', async () => {
    const { begunAt, sendAll } = openSenders();
    const ended = await sendAll(2, (number) => (number === 1 ? tooMany(600_001) : undefined));
    expect(ended.map(({ status }) => status).sort()).toEqual([
      ...Array<string>(SENDERS - 1).fill('fulfilled'),
      'rejected',
    ]);
    expect(Math.max(...begunAt)).toBeLessThan(10_000);
  });

  it('is none where a file waits for others of its run: they go on, at full width, and it counts as no error', async () => {
    const { begunAt, sendAll } = openSenders();
    const ended = await sendAll(2, (number) => (number === 1 ? new WaitsForOthers('no room yet', 5000) : undefined));
    expect(begunAt.filter((ms) => ms === 1000)).toHaveLength(SENDERS - 1);
    const [first] = ended;
    expect(first?.status === 'fulfilled' ? [...first.value.metErrors] : undefined).toEqual([]);
  });

  it('ends at once when the run is stopped', async () => {
    const stop = new AbortController();
    const pause = new SharedPause({ now: () => 0 });
    pause.order(60_000);
    const waits = pause.over(stop.signal);
    stop.abort(new Error('enough'));
    await expect(waits).rejects.toThrow('enough');
  });
});
