import { sha256 } from '../crypto/digest.js';

/** A photo or a document that a file reference belongs to. */
export interface ReferencedFile {
  readonly kind: 'photo' | 'document';
  readonly id: bigint;
  readonly accessHash: bigint;
  /** The data centre of its bytes. */
  readonly dcId: number;
}

/** The result of checking a reference. */
export type ReferenceCheck =
  | { readonly verdict: 'valid'; readonly dcId: number }
  | { readonly verdict: 'empty' | 'invalid' | 'expired' | 'wrong access hash' };

const PROOF_BYTES = 8;
const REFERENCE_BYTES = 1 + 4 + 4 + 2 * PROOF_BYTES;
const VERSION = 0x01;

/**
 * Makes and checks file references. A reference contains everything that is needed to check it, so the server stores
 * none, and references stay valid after a restart. Each belongs to a generation; a new generation expires all older
 * ones. In one generation, a file always has the same reference.
 */
export class FileReferences {
  #generation = 1;

  /** Expires all references that were made so far. */
  expire(): void {
    this.#generation += 1;
  }

  make(file: ReferencedFile): Buffer {
    return reference(file, this.#generation);
  }

  /**
   * Checks a reference. @param claim the file that the client requests; its data centre is taken from the reference.
   */
  check(given: Uint8Array, claim: Omit<ReferencedFile, 'dcId'>): ReferenceCheck {
    if (given.length === 0) return { verdict: 'empty' };
    const bytes = Buffer.from(given);
    if (bytes.length !== REFERENCE_BYTES || bytes[0] !== VERSION) return { verdict: 'invalid' };
    const generation = bytes.readUInt32LE(1);
    const expected = reference({ ...claim, dcId: bytes.readInt32LE(5) }, generation);
    const accessStart = REFERENCE_BYTES - PROOF_BYTES;
    if (!bytes.subarray(0, accessStart).equals(expected.subarray(0, accessStart))) return { verdict: 'invalid' };
    if (!bytes.subarray(accessStart).equals(expected.subarray(accessStart))) return { verdict: 'wrong access hash' };
    if (generation !== this.#generation) return { verdict: 'expired' };
    return { verdict: 'valid', dcId: bytes.readInt32LE(5) };
  }
}

function reference({ kind, id, accessHash, dcId }: ReferencedFile, generation: number): Buffer {
  const head = Buffer.alloc(9);
  head[0] = VERSION;
  head.writeUInt32LE(generation, 1);
  head.writeInt32LE(dcId, 5);
  const proofs = [`${kind} ${id} ${dcId} ${generation}`, `${kind} ${id} ${accessHash} access`];
  return Buffer.concat([head, ...proofs.map((text) => sha256(Buffer.from(text)).subarray(0, PROOF_BYTES))]);
}
