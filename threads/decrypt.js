// The thread that deciphers what is large: plain JavaScript in a place of its own, so that it runs as it is, whether the
// program runs from its sources or built. src/source/telegram/wire/packets/decrypt-thread.ts is the other side.
import { createHash } from 'node:crypto';
import { parentPort, receiveMessageOnPort } from 'node:worker_threads';

import { createIgeDecipher } from './aes-ige-vectors.js';

const decipher = createIgeDecipher();

parentPort.on('message', (first) => {
  const second = receiveMessageOnPort(parentPort); // Two that wait are done in less time than one after the other.
  const jobs = second === undefined ? [first] : [first, second.message];
  decipher(jobs);
  for (const { bytes, prefix } of jobs) {
    const digest = createHash('sha256').update(prefix).update(bytes).digest();
    parentPort.postMessage({ bytes, digest }, [bytes.buffer]);
  }
});
