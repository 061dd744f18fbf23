import type { ChecksumProfile } from './checksum-profile.js';

/** A key to the store. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of a temporary key. */
  readonly sessionToken?: string;
}

export interface S3TargetOptions {
  readonly bucket: string;
  /** What all keys begin with; `''` or without a slash at its ends. */
  readonly prefix: string;
  /** A store that is compatible with S3; undefined: AWS. */
  readonly endpoint?: URL;
  readonly region: string;
  /** The bucket stands in the path instead of the host. @defaultValue true with an endpoint, else false */
  readonly pathStyle?: boolean;
  /** Undefined: what the AWS SDK finds, as in AWS_PROFILE, in ~/.aws, and in the roles of containers and machines. */
  readonly credentials?: S3Credentials;
  readonly storageClass?: string;
  readonly encryption?: 'AES256' | 'aws:kms';
  /** For `aws:kms`; undefined: the bucket's own key. */
  readonly kmsKeyId?: string;
  /** `auto`: `aws` at AWS, elsewhere what a probe finds. */
  readonly checksums: ChecksumProfile | 'auto';
  /** Connections at most. */
  readonly connectionCount: number;
  /** Longest time in which nothing moves on a connection, in milliseconds. */
  readonly timeoutMs: number;
}
