/** A finished file of ours that a target has, as far as is remembered. */
export interface OwnRemoteFile {
  /** The target's own id of it. */
  readonly id: string;
  /** What it was sent as. */
  readonly name: string;
  readonly sizeBytes: number;
}

/** The files of one target that this program uploaded. Others are nobody's to remove. */
export interface RememberedFiles {
  /** The oldest first. */
  list(): readonly OwnRemoteFile[];
  /** It is not there any more. */
  forget(id: string): void;
}
