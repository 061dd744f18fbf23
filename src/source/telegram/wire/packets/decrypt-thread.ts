import { createHash, randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';

import { startOwnThread } from '../../../../children/own-thread.js';
import { ChatferryError, errorMessage } from '../../../../errors/chatferry-error.js';
import type { AesIge } from './aes-ige.js';
import type { TelegramLog } from '../gramjs-seams.js';

/** The input of the thread for one packet. */
export interface SealedBytes {
  /** The encrypted blocks. Their memory contains only this packet; it is transferred to the thread and back. */
  readonly bytes: Uint8Array;
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  /** Bytes to hash before the plain text. */
  readonly prefix: Uint8Array;
}

/** The answer to {@link SealedBytes}. */
export interface DecipheredBytes {
  /** The plain text, in the memory of the input. */
  readonly bytes: Uint8Array;
  /** SHA-256 of the prefix and the plain text. */
  readonly digest: Uint8Array;
}

interface Waiting {
  readonly resolve: (answer: DecipheredBytes) => void;
  readonly reject: (error: Error) => void;
}

/** For smaller packets, the transfer costs more than it saves. */
const MIN_BYTES = 64 * 1024;
/** Two packets of different length, because the thread decrypts two waiting packets side by side. */
const CHECKED_BYTES = [96 * 1024, 80 * 1024];
const HEAP_MB = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 };

/**
 * Decrypts file parts in a thread. The cipher takes more than half of the processor time of a download; one thread keeps
 * up with a connection of 1 Gbit/s.
 *
 * The thread is started in advance if media are expected, otherwise by the first large packet, and only on a machine with
 * more than one core. Before it is used, its results on random data are compared with the cipher of the main thread. Until
 * then, and if it cannot be used, {@link DecryptThread.decipher} returns undefined.
 */
export class DecryptThread {
  readonly #cipher: AesIge;
  readonly #log: TelegramLog;
  readonly #waiting: Waiting[] = [];
  #worker: Worker | undefined;
  #state: 'unused' | 'starting' | 'ready' | 'over';

  /**
   * @param cipher - The cipher of the main thread, for comparison.
   * @param coreCount - Number of cores. @defaultValue `availableParallelism()`
   */
  constructor(cipher: AesIge, log: TelegramLog, coreCount: number = availableParallelism()) {
    this.#cipher = cipher;
    this.#log = log;
    this.#state = coreCount > 1 ? 'unused' : 'over';
  }

  /**
   * Decrypts a large packet. Returns undefined if the main thread has to do it.
   *
   * Rejects with a {@link ChatferryError} `UNREACHABLE`, retryable, if the thread ends meanwhile, as the packet is then
   * lost.
   */
  decipher(sealed: SealedBytes): Promise<DecipheredBytes> | undefined {
    if (sealed.bytes.length < MIN_BYTES) return undefined;
    this.expect();
    return this.#state === 'ready' ? this.#request(sealed) : undefined;
  }

  /** Starts the thread, which takes a tenth of a second, so that it is ready when the first large packet arrives. */
  expect(): void {
    if (this.#state === 'unused') void this.#start();
  }

  /** Ends the thread. From then on the main thread decrypts all packets. */
  async close(): Promise<void> {
    this.#state = 'over';
    await this.#worker?.terminate();
  }

  async #start(): Promise<void> {
    this.#state = 'starting';
    try {
      const options = { resourceLimits: HEAP_MB, name: 'decrypt' };
      const worker = startOwnThread('../threads/decrypt', import.meta.url, options);
      this.#worker = worker;
      worker.unref();
      worker.on('message', (answer: DecipheredBytes) => this.#waiting.shift()?.resolve(answer));
      worker.on('error', (error) => {
        this.#end(error);
      });
      worker.on('exit', () => {
        this.#end(new Error('it ended'));
      });
      await this.#verify();
      if (this.#worker === worker && !this.#isOver()) this.#state = 'ready';
    } catch (error) {
      if (!this.#isOver()) this.#log('warn', `Downloads use one core only: ${errorMessage(error)}.`);
      await this.close();
    }
  }

  /** Compares the thread with the cipher of the main thread. @throws {Error} if the results differ. */
  async #verify(): Promise<void> {
    const packets = CHECKED_BYTES.map((byteCount) => {
      const [bytes, key, iv, prefix] = [byteCount, 32, 32, 32].map((count) => new Uint8Array(randomBytes(count)));
      return { bytes, key, iv, prefix } as SealedBytes;
    });
    const expected = packets.map(({ bytes, key, iv, prefix }) => {
      const plain = this.#cipher.decrypt(bytes, key, iv);
      return { bytes: plain, digest: createHash('sha256').update(prefix).update(plain).digest() };
    });
    const answers = await Promise.all(packets.map((packet) => this.#request(packet)));
    const isEqual = answers.every((answer, index) => isSame(answer, expected[index]));
    if (isEqual) return;
    throw new Error('the results of the decrypt thread are wrong');
  }

  /** Sends a packet to the thread. Answers arrive in the order of the requests. */
  #request(sealed: SealedBytes): Promise<DecipheredBytes> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#worker?.postMessage(sealed, [sealed.bytes.buffer as ArrayBuffer]);
    });
  }

  #isOver(): boolean {
    return this.#state === 'over';
  }

  #end(cause: Error): void {
    if (this.#state === 'ready') this.#log('warn', `The decrypt thread ended: ${errorMessage(cause)}.`);
    this.#state = 'over';
    const message = `A packet was lost when the decrypt thread ended: ${errorMessage(cause)}.`;
    for (const { reject } of this.#waiting.splice(0)) {
      reject(new ChatferryError('UNREACHABLE', message, { cause, retryable: true }));
    }
  }
}

function isSame(answer: DecipheredBytes, expected: DecipheredBytes | undefined): boolean {
  if (expected === undefined) return false;
  return Buffer.compare(answer.bytes, expected.bytes) === 0 && Buffer.compare(answer.digest, expected.digest) === 0;
}
