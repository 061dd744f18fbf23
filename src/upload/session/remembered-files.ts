/** A finished file of ours at a target, according to our record. */
export interface OwnRemoteFile {
  /** Its id at the target. */
  readonly id: string;
  /** The name that it was sent with. */
  readonly name: string;
  readonly sizeBytes: number;
}

/** The files of one target that this program uploaded. Other files must not be removed. */
export interface RememberedFiles {
  /** Oldest first. */
  list(): readonly OwnRemoteFile[];
  /** Removes the record of a file that no longer exists. */
  forget(id: string): void;
}
