import { ChatferryError } from '../../errors/chatferry-error.js';

export interface RoomLimits {
  readonly maxBytes: number;
  readonly maxFiles?: number;
}

/** The used space of a store. */
export interface StoredAmount {
  readonly bytes: number;
  readonly files: number;
}

export interface RoomFile {
  readonly name: string;
  readonly sizeBytes: number;
}

/**
 * The free space of a store. Checking and reserving are one synchronous step, so two uploads never reserve the same
 * space.
 */
export class StorageRoom {
  readonly #limits: RoomLimits;
  #held: StoredAmount = { bytes: 0, files: 0 };

  constructor(limits: RoomLimits) {
    this.#limits = limits;
  }

  /** The used space of the store, with reservations. */
  get held(): StoredAmount {
    return this.#held;
  }

  /** Starts counting from the used space that the store reports. */
  count(held: StoredAmount): void {
    this.#held = held;
  }

  fits(sizeBytes: number): boolean {
    const { maxBytes, maxFiles = Infinity } = this.#limits;
    return this.#held.bytes + sizeBytes <= maxBytes && this.#held.files + 1 <= maxFiles;
  }

  /** Reserves space for a file. @returns whether there was enough. */
  book(sizeBytes: number): boolean {
    if (!this.fits(sizeBytes)) return false;
    this.#held = { bytes: this.#held.bytes + sizeBytes, files: this.#held.files + 1 };
    return true;
  }

  /** Frees the space of a file that was removed or never arrived. */
  free(sizeBytes: number): void {
    const { bytes, files } = this.#held;
    this.#held = { bytes: Math.max(0, bytes - sizeBytes), files: Math.max(0, files - 1) };
  }

  /** The error for a file that does not fit. @param remedy - One sentence. */
  refusal(store: string, { name, sizeBytes }: RoomFile, remedy: string): ChatferryError {
    const { maxBytes, maxFiles } = this.#limits;
    const files = maxFiles === undefined ? '' : `${this.#held.files} of at most ${maxFiles} files and `;
    const message = `${name} has ${sizeBytes} bytes, and ${store} has no room for it: it holds ${files}${this.#held.bytes} of at most ${maxBytes} bytes. ${remedy}`;
    return new ChatferryError('STORE_REFUSED', message);
  }
}
