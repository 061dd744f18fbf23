import type { Checksum } from '../../../upload/upload-target.js';

/**
 * The state of a file that a manifest names. `same` and `removed` are correct. `unnamed`: the user has neither named
 * its target nor uploaded to it, so it was not checked. `failed`: it could not be checked.
 */
export type VerifiedState = 'same' | 'different' | 'missing' | 'expired' | 'removed' | 'unnamed' | 'failed';

/** One file of a manifest, compared at its target. */
export interface VerifiedFile {
  readonly path: string;
  readonly name: string;
  readonly target: string;
  readonly remote: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly state: VerifiedState;
  /** How it was compared; `read`: its bytes were read back. */
  readonly by?: Checksum | 'read';
  /** Why it differs. */
  readonly reason?: string;
}

/** Whether a file is as the manifest says. */
export function isSound({ state }: VerifiedFile): boolean {
  return state === 'same' || state === 'removed';
}
