import { setImmediate as eventLoopTurn } from 'node:timers/promises';

/**
 * Runs synchronous work that blocks the thread for long and may be interrupted at any point, such as one statement over
 * millions of rows in a transaction. JavaScript cannot handle signals meanwhile, so all signal listeners are removed:
 * the system then ends the process at once, as it does without listeners.
 *
 * @throws what `work` throws.
 */
export async function runInterruptibly<T>(work: () => T): Promise<T> {
  await eventLoopTurn();
  await eventLoopTurn(); // Pending signals are handled first. One turn is not enough if it starts after the phase that handles signals.
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
