import type { S3Settings } from '../../config/upload/s3-settings.js';
import type { StoreSettings } from '../../config/upload/store-settings.js';
import type { UploadSettings } from '../../config/upload/upload-settings.js';
import type { RemoteFile, UploadTarget } from '../../upload/upload-target.js';

/** The settings of uploads. */
export interface TargetSettings extends UploadSettings, S3Settings, StoreSettings {}

/** A place that the user has named. */
export interface TargetPlace {
  /** As written, for messages; it contains no secrets. */
  readonly spec: string;
  /** The part after the scheme. */
  readonly rest: string;
  readonly settings: TargetSettings;
  /** The base of relative paths. */
  readonly cwd: string;
  /** The folder for files that a target returns, absolute. */
  readonly outputFolder: string;
}

/** One kind of target that `--to` accepts. */
export interface TargetKind {
  /** The beginning of a spec of this kind, in lower case: `s3://`. */
  readonly scheme: string;
  /** The form of a spec, for users: `s3://bucket/prefix`. */
  readonly form: string;
  /** The description after the form, for users: `a bucket of S3 or of a compatible store`. */
  readonly says: string;
  /**
   * Opens it without connecting to it. The target's `id` is a spec that opens the same place again, from any working
   * directory.
   *
   * @throws {ChatferryError} `USAGE` that names what is wrong with the place, or the missing setting.
   */
  open(place: TargetPlace): UploadTarget | Promise<UploadTarget>;

  /**
   * Whether a file may belong to this place, by its `id`. The id comes from an untrusted manifest, so it must not cause
   * access to anything else on this machine or its network.
   */
  holds(file: RemoteFile, place: TargetPlace): boolean | Promise<boolean>;
}
