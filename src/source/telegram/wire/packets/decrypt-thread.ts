import { createHash, randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

import { ChatferryError, errorMessage } from '../../../../errors/chatferry-error.js';
import type { AesIge } from './aes-ige.js';
import type { TelegramLog } from '../gramjs-seams.js';

/** What the thread needs to open a packet. */
export interface SealedBytes {
  /** What is enciphered: whole blocks, alone with its head in its memory, which goes to the thread and comes back. */
  readonly bytes: Uint8Array;
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  /** Hashed before the plain text. */
  readonly prefix: Uint8Array;
}

/** The answer to {@link SealedBytes}. */
export interface DecipheredBytes {
  /** The plain text, in the memory that was given. */
  readonly bytes: Uint8Array;
  /** SHA-256 of the prefix and the plain text. */
  readonly digest: Uint8Array;
}

interface Waiting {
  readonly resolve: (answer: DecipheredBytes) => void;
  readonly reject: (error: Error) => void;
}

/** Below, handing it over costs more than it saves. */
const LEAST_BYTES = 64 * 1024;
/** Two packets, since two that wait are deciphered side by side: as far as the shorter one goes. */
const CHECKED_BYTES = [96 * 1024, 80 * 1024];
// The relative place is the same from the sources and from what is built of them.
const PROGRAM = new URL('../../../../../threads/decrypt.js', import.meta.url);
const HEAP_MB = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 };

/**
 * Deciphers file parts beside the main thread. The cipher is more than half of what a download costs the processor, and
 * one thread of it keeps up with a line of 1 Gbit/s.
 *
 * It starts when it is expected to be needed, else with the first large packet, on a machine with more than one core. Until it has proved itself on random data
 * against the cipher of the main thread, or where it cannot be had, {@link DecryptThread.decipher} declines.
 */
export class DecryptThread {
  readonly #cipher: AesIge;
  readonly #log: TelegramLog;
  readonly #waiting: Waiting[] = [];
  #worker: Worker | undefined;
  #state: 'unused' | 'starting' | 'ready' | 'over';

  /**
   * @param cipher - Of the main thread.
   * @param coreCount - Of the machine. @defaultValue what Node says
   */
  constructor(cipher: AesIge, log: TelegramLog, coreCount: number = availableParallelism()) {
    this.#cipher = cipher;
    this.#log = log;
    this.#state = coreCount > 1 ? 'unused' : 'over';
  }

  /**
   * The plain text of a large packet; undefined where it is for the main thread to make.
   *
   * Rejects with a {@link ChatferryError} `UNREACHABLE`, retryable, when the thread ends meanwhile: the packet is lost then.
   */
  decipher(sealed: SealedBytes): Promise<DecipheredBytes> | undefined {
    if (sealed.bytes.length < LEAST_BYTES) return undefined;
    this.expect();
    return this.#state === 'ready' ? this.#ask(sealed) : undefined;
  }

  /** Large packets will come soon: starts the thread, which takes a tenth of a second, so that the first finds it ready. */
  expect(): void {
    if (this.#state === 'unused') void this.#start();
  }

  /** Ends the thread. Packets go through the main thread from then on. */
  async close(): Promise<void> {
    this.#state = 'over';
    await this.#worker?.terminate();
  }

  async #start(): Promise<void> {
    this.#state = 'starting';
    try {
      const worker = new Worker(PROGRAM, { execArgv: [], resourceLimits: HEAP_MB, name: 'decrypt' });
      this.#worker = worker;
      worker.unref();
      worker.on('message', (answer: DecipheredBytes) => this.#waiting.shift()?.resolve(answer));
      worker.on('error', (error) => {
        this.#end(error);
      });
      worker.on('exit', () => {
        this.#end(new Error('it ended'));
      });
      await this.#prove();
      if (this.#worker === worker && !this.#isOver()) this.#state = 'ready';
    } catch (error) {
      if (!this.#isOver()) this.#log('warn', `Downloads use one core only: ${errorMessage(error)}.`);
      await this.close();
    }
  }

  /** @throws {Error} when it does not give what the main thread's cipher gives. */
  async #prove(): Promise<void> {
    const packets = CHECKED_BYTES.map((byteCount) => {
      const [bytes, key, iv, prefix] = [byteCount, 32, 32, 32].map((count) => new Uint8Array(randomBytes(count)));
      return { bytes, key, iv, prefix } as SealedBytes;
    });
    const expected = packets.map(({ bytes, key, iv, prefix }) => {
      const plain = this.#cipher.decrypt(bytes, key, iv);
      return { bytes: plain, digest: createHash('sha256').update(prefix).update(plain).digest() };
    });
    const answers = await Promise.all(packets.map((packet) => this.#ask(packet)));
    const isEqual = answers.every((answer, index) => isSame(answer, expected[index]));
    if (isEqual) return;
    throw new Error('the thread that deciphers gives other results');
  }

  /** Answers come in the order of the questions. */
  #ask(sealed: SealedBytes): Promise<DecipheredBytes> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#worker?.postMessage(sealed, [sealed.bytes.buffer as ArrayBuffer]);
    });
  }

  #isOver(): boolean {
    return this.#state === 'over';
  }

  #end(cause: Error): void {
    if (this.#state === 'ready') this.#log('warn', `The thread that deciphers ended: ${errorMessage(cause)}.`);
    this.#state = 'over';
    const message = `A packet was lost with the thread that deciphers: ${errorMessage(cause)}.`;
    for (const { reject } of this.#waiting.splice(0)) {
      reject(new ChatferryError('UNREACHABLE', message, { cause, retryable: true }));
    }
  }
}

function isSame(answer: DecipheredBytes, expected: DecipheredBytes | undefined): boolean {
  if (expected === undefined) return false;
  return Buffer.compare(answer.bytes, expected.bytes) === 0 && Buffer.compare(answer.digest, expected.digest) === 0;
}
