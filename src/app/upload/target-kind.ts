import type { S3Settings } from '../../config/upload/s3-settings.js';
import type { StoreSettings } from '../../config/upload/store-settings.js';
import type { UploadSettings } from '../../config/upload/upload-settings.js';
import type { RemoteFile, UploadTarget } from '../../upload/upload-target.js';

/** The settings that uploads go by. */
export interface TargetSettings extends UploadSettings, S3Settings, StoreSettings {}

/** A place that the user has written down. */
export interface TargetPlace {
  /** As it was written, for messages: it holds no secrets. */
  readonly spec: string;
  /** What stands behind the scheme. */
  readonly rest: string;
  readonly settings: TargetSettings;
  /** Where relative paths start. */
  readonly cwd: string;
  /** Absolute: where a target puts what it hands back. */
  readonly outputFolder: string;
}

/** One sort of target that `--to` takes. */
export interface TargetKind {
  /** What a spec of this kind begins with, in lower case: `s3://`. */
  readonly scheme: string;
  /** How it is written, for people: `s3://bucket/prefix`. */
  readonly form: string;
  /** For people, to be read after the form: `a bucket of S3 or of what is compatible`. */
  readonly says: string;
  /**
   * Opens it, without speaking to it. The target's `id` is a spec that opens the same place again, from anywhere.
   *
   * @throws {ChatferryError} `USAGE` that names what is wrong with the place, or the setting that is missing.
   */
  open(place: TargetPlace): UploadTarget | Promise<UploadTarget>;

  /**
   * Whether a file may be one of this place, by its `id`: a manifest says it, which may come from a stranger. Nothing else of
   * this machine or its network may be looked at for it.
   */
  holds(file: RemoteFile, place: TargetPlace): boolean | Promise<boolean>;
}
