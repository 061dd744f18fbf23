import type { it } from 'vitest';

import type { UploadTarget } from '../../../src/upload/upload-target.js';

/** A place that uploads go to in tests: a real server on loopback, a folder. It is looked at past the target itself. */
export interface FarEnd extends AsyncDisposable {
  /** A client of it, as another process would have one. The suite disposes of it. */
  open(): UploadTarget | Promise<UploadTarget>;
  /** @param remoteId - A finished file's. @returns its bytes as they are stored; undefined where there is none. */
  read(remoteId: string): Promise<Buffer | undefined>;
  /** How many finished files it has. */
  fileCount(): Promise<number>;
  /** How many uploads were begun and neither finished nor aborted. Absent where it cannot be told. */
  unfinishedCount?(): Promise<number>;
  /** Makes a finished file another one, by something that `confirm` can see: see `abilities.verifiesBy`. */
  damage?(remoteId: string): Promise<void>;
  /** Removes a finished file, as another program would. */
  remove?(remoteId: string): Promise<void>;
  /** Ends all unfinished uploads, as expiry would. Absent where they do not end: see `lacks`. */
  forgetUnfinished?(): Promise<void>;
  /** Leaves so little room that a file of a megabyte does not fit. Absent where there is no quota: see `lacks`. */
  fill?(): Promise<void>;
}

/** What only some far ends can be made to do. */
export type FarEndHook = 'damage' | 'remove' | 'forgetUnfinished' | 'fill';

/** How the shared suite meets one kind of target. */
export interface TargetUnderTest<Far extends FarEnd = FarEnd> {
  /** In the titles of tests. */
  readonly name: string;
  /** A fresh, empty place. */
  openFarEnd(): Promise<Far>;
  /** The smallest parts that make sense: files have three of them and a bit. Raised to what the target demands. */
  readonly partBytes: number;
  /** `it`, or one that skips with a reason where a program is missing. @defaultValue vitest's `it` */
  readonly test?: ReturnType<typeof it.skipIf>;
  /** What its far end cannot be made to do: the tests that need it are not for this target. @defaultValue nothing */
  readonly lacks?: readonly FarEndHook[];
  /** A file whose content changed has the place of the earlier one, under the same name. @defaultValue true */
  readonly replacesByName?: boolean;
}
