import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { __getWasm, getWasmUrl, ige256Encrypt, initSync } from '@mtcute/wasm';
import { IGE as GramjsIge } from 'telegram/crypto/IGE.js';

import { errorMessage } from '../../../../errors/chatferry-error.js';
import type { TelegramLog } from '../gramjs-seams.js';
import { partMemory } from '../../../../memory/part-memory.js';

/**
 * AES-256 in IGE mode, the cipher of MTProto (https://core.telegram.org/mtproto/description). The length of `data` is a
 * multiple of 16 bytes; key and iv have 32 bytes each. The result is new memory that belongs to the caller.
 */
export interface AesIge {
  encrypt(data: Uint8Array, key: Uint8Array, iv: Uint8Array): Uint8Array;
  decrypt(data: Uint8Array, key: Uint8Array, iv: Uint8Array): Uint8Array;
}

/**
 * AES-IGE in WebAssembly: three times as fast as the JavaScript of gramjs, which takes most of the processor time of a
 * download.
 */
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

/** The cipher of gramjs, in JavaScript. */
export const gramjsAesIge: AesIge = {
  encrypt: (data, key, iv) => new GramjsIge(Buffer.from(key), Buffer.from(iv)).encryptIge(Buffer.from(data)),
  decrypt: (data, key, iv) => new GramjsIge(Buffer.from(key), Buffer.from(iv)).decryptIge(Buffer.from(data)),
};

let wasmIsLoaded = false; // Global, as the package keeps one instance for the process.

function loadWasm(): void {
  if (wasmIsLoaded) return;
  initSync(readFileSync(getWasmUrl()));
  wasmIsLoaded = true;
}

// One block, a small request, and more than a page of WebAssembly memory (64 KB): sizes at which implementations may
// fail.
const CHECKED_BYTES = [16, 256, 80 * 1024];

/** A reused buffer in WebAssembly memory, for input and output. */
let buffers: { readonly start: number; readonly byteCount: number } = { start: 0, byteCount: 0 };

/** Like the function of the package, but without allocating memory on both sides for each packet. */
function decryptInPlace(data: Uint8Array, key: Uint8Array, iv: Uint8Array): Uint8Array {
  const wasm = __getWasm();
  if (buffers.byteCount < data.length) {
    if (buffers.byteCount > 0) wasm.__free(buffers.start);
    buffers = { start: wasm.__malloc(data.length * 2), byteCount: data.length };
  }
  const { buffer } = wasm.memory as { readonly buffer: ArrayBuffer }; // Read here, as it is replaced when memory grows.
  const memory = new Uint8Array(buffer);
  const end = buffers.start + data.length;
  memory.set(data, buffers.start);
  memory.set(key, wasm.__get_shared_key_buffer());
  memory.set(iv, wasm.__get_shared_iv_buffer());
  wasm.ige256_decrypt(buffers.start, data.length, end);
  const plain = partMemory.take(data.length);
  plain.set(memory.subarray(end, end + data.length));
  return plain;
}

/**
 * Returns the given cipher if its results on random data equal those of gramjs, in both directions. Otherwise logs a
 * warning and returns undefined; the program is then slower, but correct.
 */
export function checkedAesIge(cipher: AesIge, log: TelegramLog): AesIge | undefined {
  try {
    for (const byteCount of CHECKED_BYTES) {
      const [data, key, iv] = [randomBytes(byteCount), randomBytes(32), randomBytes(32)];
      const gramjs = new GramjsIge(key, iv);
      const encrypted = gramjs.encryptIge(data);
      const decrypted = new GramjsIge(key, iv).decryptIge(data);
      if (!encrypted.equals(cipher.encrypt(data, key, iv)) || !decrypted.equals(cipher.decrypt(data, key, iv))) {
        throw new Error(`its results for ${byteCount} bytes are wrong`);
      }
    }
    return cipher;
  } catch (error) {
    log('warn', `The fast cipher is not used, so downloads will be slow: ${errorMessage(error)}.`);
    return undefined;
  }
}
