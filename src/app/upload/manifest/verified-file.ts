import type { Checksum } from '../../../upload/upload-target.js';

/**
 * What became of a file that a manifest names. `same` and `removed` are as they should be. `unnamed`: of a target that the user
 * has not named and never sent anything to, so that it was not asked. `failed`: it could not be asked.
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
  /** What it was compared by; `read`: its bytes were read back. */
  readonly by?: Checksum | 'read';
  /** Why it is not the same. */
  readonly reason?: string;
}

/** Whether a file is as the manifest says. */
export function isSound({ state }: VerifiedFile): boolean {
  return state === 'same' || state === 'removed';
}
