// The thread that deciphers what is large: plain JavaScript in a place of its own, so that it runs as it is, whether the
// program runs from its sources or built. src/source/telegram/decrypt-thread.ts is the other side.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';

import { __getWasm, getWasmUrl, initSync } from '@mtcute/wasm';

initSync(readFileSync(getWasmUrl()));
const wasm = __getWasm();
let place = { start: 0, byteCount: 0 };

/**
 * Deciphers AES-256-IGE in place.
 *
 * @returns SHA-256 of `prefix` and the plain text.
 */
function decrypt({ bytes, key, iv, prefix }) {
  if (place.byteCount < bytes.length) {
    if (place.byteCount > 0) wasm.__free(place.start);
    place = { start: wasm.__malloc(bytes.length * 2), byteCount: bytes.length };
  }
  const memory = new Uint8Array(wasm.memory.buffer); // Another one, when it has grown.
  const end = place.start + bytes.length;
  memory.set(bytes, place.start);
  memory.set(key, wasm.__get_shared_key_buffer());
  memory.set(iv, wasm.__get_shared_iv_buffer());
  wasm.ige256_decrypt(place.start, bytes.length, end);
  const plain = memory.subarray(end, end + bytes.length);
  bytes.set(plain);
  return createHash('sha256').update(prefix).update(plain).digest();
}

parentPort.on('message', (job) => {
  const digest = decrypt(job);
  parentPort.postMessage({ bytes: job.bytes, digest }, [job.bytes.buffer]);
});
