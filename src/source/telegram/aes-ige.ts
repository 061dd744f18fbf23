import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { getWasmUrl, ige256Decrypt, ige256Encrypt, initSync } from '@mtcute/wasm';
import { IGE as GramjsIge } from 'telegram/crypto/IGE.js';

import { errorMessage } from '../../errors/chatferry-error.js';
import type { TelegramLog } from './gramjs-seams.js';

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
    return ige256Decrypt(data, key, iv);
  },
};

let wasmIsLoaded = false; // Of the package too: it keeps one instance for the process.

function loadWasm(): void {
  if (wasmIsLoaded) return;
  initSync(readFileSync(getWasmUrl()));
  wasmIsLoaded = true;
}

// One block, a question, more than a page of WebAssembly memory (64 KB): the sizes at which an implementation may differ.
const CHECKED_BYTES = [16, 256, 80 * 1024];

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
