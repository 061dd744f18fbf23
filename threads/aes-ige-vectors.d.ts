/** Whole blocks of 16 bytes, to be deciphered in place. */
export interface IgeJob {
  readonly bytes: Uint8Array;
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** 32 bytes. */
  readonly iv: Uint8Array;
}

export function createIgeDecipher(isRelaxed?: boolean): (jobs: readonly [IgeJob, IgeJob?]) => void;
export function hasRelaxed(): boolean;
