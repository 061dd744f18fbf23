import type { ChecksumProfile } from './checksum-profile.js';

/** A key to the store. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** For a temporary key. */
  readonly sessionToken?: string;
}

export interface S3TargetOptions {
  readonly bucket: string;
  /** The prefix of all keys: `''`, or without leading and trailing slashes. */
  readonly prefix: string;
  /** The endpoint of a store that is compatible with S3; undefined: AWS. */
  readonly endpoint?: URL;
  readonly region: string;
  /** The bucket is in the path instead of the host. @defaultValue true with an endpoint, else false */
  readonly pathStyle?: boolean;
  /**
   * Undefined: the key that the AWS SDK finds, for example in AWS_PROFILE, ~/.aws, or the roles of containers and
   * machines.
   */
  readonly credentials?: S3Credentials;
  readonly storageClass?: string;
  readonly encryption?: 'AES256' | 'aws:kms';
  /** For `aws:kms`; undefined: the bucket's own key. */
  readonly kmsKeyId?: string;
  /** `auto`: `aws` at AWS, elsewhere the result of a probe. */
  readonly checksums: ChecksumProfile | 'auto';
  /** Maximum number of connections. */
  readonly connectionCount: number;
  /** Maximum time without data on a connection, in milliseconds. */
  readonly timeoutMs: number;
}
