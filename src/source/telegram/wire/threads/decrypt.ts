/** The program of the thread that decrypts large packets. {@link DecryptThread} starts it. */
import { createHash } from 'node:crypto';
import { parentPort, receiveMessageOnPort } from 'node:worker_threads';

import type { DecipheredBytes, SealedBytes } from '../packets/decrypt-thread.js';
import { createIgeDecipher } from './aes-ige-vectors.js';

const port = parentPort;
if (port === null) throw new Error('This is the program of a thread.');
const decipher = createIgeDecipher();

port.on('message', (first: SealedBytes) => {
  // Two packets that wait take less time together than one after the other.
  const second = receiveMessageOnPort(port) as { readonly message: SealedBytes } | undefined;
  decipher(second === undefined ? [first] : [first, second.message]);
  answer(first);
  if (second !== undefined) answer(second.message);
});

function answer({ bytes, prefix }: SealedBytes): void {
  const digest = createHash('sha256').update(prefix).update(bytes).digest();
  const deciphered: DecipheredBytes = { bytes, digest };
  port?.postMessage(deciphered, [bytes.buffer as ArrayBuffer]);
}
