import { createHash } from 'node:crypto';

import type { PartPlan, PartRange } from './part-plan.js';
import type { RangeDigest } from '../file/source-file.js';

const SHA256_BYTES = 32;
const MD5_BYTES = 16;
/** With more parts, each is digested when it is sent. This bounds the kept digests to 480 KB per file. */
const MAX_PARTS = 10_000;

export interface PartDigestsOptions {
  readonly plan: PartPlan;
  readonly withMd5: boolean;
}

/**
 * The digests of a file's parts, computed while the whole file is read, so that each byte is read once for hashing and once
 * for sending. 48 bytes per part are kept while the file is uploaded.
 */
export class PartDigests {
  readonly #plan: PartPlan;
  readonly #withMd5: boolean;
  readonly #kept: Buffer;
  #sha256 = createHash('sha256');
  #md5 = createHash('md5');
  #index = 0;
  #leftBytes: number;

  constructor({ plan, withMd5 }: PartDigestsOptions) {
    this.#plan = plan;
    this.#withMd5 = withMd5;
    // A single part is the whole file, whose digests are known.
    this.#kept = Buffer.alloc(
      plan.partCount === 1 || plan.partCount > MAX_PARTS ? 0 : plan.partCount * (SHA256_BYTES + MD5_BYTES),
    );
    this.#leftBytes = plan.partBytes;
  }

  /** Adds the next bytes of the file. */
  update(piece: Buffer): void {
    if (this.#kept.length === 0) return;
    for (let from = 0; from < piece.length;) {
      const some = piece.subarray(from, from + this.#leftBytes);
      this.#sha256.update(some);
      if (this.#withMd5) this.#md5.update(some);
      from += some.length;
      this.#leftBytes -= some.length;
      if (this.#leftBytes === 0) this.#keep();
    }
  }

  /** Ends the file. */
  end(): void {
    if (this.#kept.length > 0 && this.#index < this.#plan.partCount) this.#keep();
  }

  /** The digest of a part. Undefined if the range is not a complete part of the plan, or no digests are kept. */
  of({ index, offset, sizeBytes }: PartRange): RangeDigest | undefined {
    const { partBytes, partCount, sizeBytes: fileBytes } = this.#plan;
    const end = index === partCount - 1 ? fileBytes : (index + 1) * partBytes;
    const isWhole = offset === index * partBytes && offset + sizeBytes === end;
    if (this.#kept.length === 0 || !isWhole) return undefined;
    const at = index * (SHA256_BYTES + MD5_BYTES);
    const hex = (from: number, length: number): string => this.#kept.subarray(from, from + length).toString('hex');
    return { sha256: hex(at, SHA256_BYTES), ...(this.#withMd5 ? { md5: hex(at + SHA256_BYTES, MD5_BYTES) } : {}) };
  }

  #keep(): void {
    const at = this.#index * (SHA256_BYTES + MD5_BYTES);
    this.#sha256.digest().copy(this.#kept, at);
    if (this.#withMd5) this.#md5.digest().copy(this.#kept, at + SHA256_BYTES);
    this.#sha256 = createHash('sha256');
    this.#md5 = createHash('md5');
    this.#index += 1;
    this.#leftBytes = this.#plan.partBytes;
  }
}
