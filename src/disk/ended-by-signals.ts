import { setImmediate as turnOfTheLoop } from 'node:timers/promises';

/**
 * Does work that holds the thread up for long and may be broken off anywhere, such as one statement over millions of rows
 * in a transaction. JavaScript hears of no signal meanwhile, so nobody listens: the system ends the process at once, as it
 * does with programs that never listen.
 *
 * @throws what `work` throws.
 */
export async function endedBySignals<T>(work: () => T): Promise<T> {
  await turnOfTheLoop();
  await turnOfTheLoop(); // What has come by now is heard: the first may have been in the phase behind that of signals.
  const names = process.eventNames().filter(isSignal);
  const listeners = names.map((name) => ({ name, all: process.rawListeners(name) }));
  for (const name of names) process.removeAllListeners(name);
  try {
    return work();
  } finally {
    for (const { name, all } of listeners) {
      for (const listener of all) process.on(name, listener as NodeJS.SignalsListener);
    }
  }
}

function isSignal(name: string | symbol): name is NodeJS.Signals {
  return typeof name === 'string' && /^SIG[A-Z0-9]+$/.test(name);
}
