import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { __getWasm, getWasmUrl, ige256Encrypt, initSync } from '@mtcute/wasm';
import { IGE as GramjsIge } from 'telegram/crypto/IGE.js';

import { errorMessage } from '../../../../errors/chatferry-error.js';
import type { TelegramLog } from '../gramjs-seams.js';
import { partMemory } from '../../../../memory/part-memory.js';

/**
 * AES-256 in IGE mode, the cipher of MTProto (https://core.telegram.org/mtproto/description). Data is a multiple of 16
 * bytes, key and iv have 32 each. The result is fresh memory that belongs to the caller.
 */
export interface AesIge {
  encrypt(data: Uint8Array, key: Uint8Array, iv: Uint8Array): Uint8Array;
  decrypt(data: Uint8Array, key: Uint8Array, iv: Uint8Array): Uint8Array;
}

/** AES-IGE in WebAssembly: three times as fast as the one gramjs has in JavaScript, which is most of a download's work. */
export const wasmAesIge: AesIge = {
  encrypt: (data, key, iv) => {
    loadWasm();
    return ige256Encrypt(data, key, iv);
  },
  decrypt: (data, key, iv) => {
    loadWasm();
    return decryptInPlace(data, key, iv);
  },
};

/** gramjs's own, in JavaScript. */
export const gramjsAesIge: AesIge = {
  encrypt: (data, key, iv) => new GramjsIge(Buffer.from(key), Buffer.from(iv)).encryptIge(Buffer.from(data)),
  decrypt: (data, key, iv) => new GramjsIge(Buffer.from(key), Buffer.from(iv)).decryptIge(Buffer.from(data)),
};

let wasmIsLoaded = false; // Of the package too: it keeps one instance for the process.

function loadWasm(): void {
  if (wasmIsLoaded) return;
  initSync(readFileSync(getWasmUrl()));
  wasmIsLoaded = true;
}

// One block, a question, more than a page of WebAssembly memory (64 KB): the sizes at which an implementation may differ.
const CHECKED_BYTES = [16, 256, 80 * 1024];

/** A place in the memory of the WebAssembly, for what goes in and what comes out of it. */
let place: { readonly start: number; readonly byteCount: number } = { start: 0, byteCount: 0 };

/** As the package's own function, which takes fresh memory on both sides for each packet. */
function decryptInPlace(data: Uint8Array, key: Uint8Array, iv: Uint8Array): Uint8Array {
  const wasm = __getWasm();
  if (place.byteCount < data.length) {
    if (place.byteCount > 0) wasm.__free(place.start);
    place = { start: wasm.__malloc(data.length * 2), byteCount: data.length };
  }
  const { buffer } = wasm.memory as { readonly buffer: ArrayBuffer }; // Another one, when it has grown.
  const memory = new Uint8Array(buffer);
  const end = place.start + data.length;
  memory.set(data, place.start);
  memory.set(key, wasm.__get_shared_key_buffer());
  memory.set(iv, wasm.__get_shared_iv_buffer());
  wasm.ige256_decrypt(place.start, data.length, end);
  const plain = partMemory.take(data.length);
  plain.set(memory.subarray(end, end + data.length));
  return plain;
}

/**
 * The given cipher, if it gives what gramjs's own gives on random data, both ways. Otherwise undefined, with a warning:
 * the program is then slow, and right.
 */
export function checkedAesIge(cipher: AesIge, log: TelegramLog): AesIge | undefined {
  try {
    for (const byteCount of CHECKED_BYTES) {
      const [data, key, iv] = [randomBytes(byteCount), randomBytes(32), randomBytes(32)];
      const gramjs = new GramjsIge(key, iv);
      const encrypted = gramjs.encryptIge(data);
      const decrypted = new GramjsIge(key, iv).decryptIge(data);
      if (!encrypted.equals(cipher.encrypt(data, key, iv)) || !decrypted.equals(cipher.decrypt(data, key, iv))) {
        throw new Error(`it gives other results for ${byteCount} bytes`);
      }
    }
    return cipher;
  } catch (error) {
    log('warn', `The fast cipher is not used, downloads will be slow: ${errorMessage(error)}.`);
    return undefined;
  }
}
