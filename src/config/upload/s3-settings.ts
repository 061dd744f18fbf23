import { boolean, choice, pattern, text } from '../setting-kind.js';
import { SECTIONS } from '../setting-sections.js';
import type { Setting } from '../setting.js';
import { ENCRYPTION, STORE_KEY, UPLOAD_PLACE } from '../trust/only-from-you.js';
import { webAddress } from './web-address.js';

/** What an S3 store needs to know. */
export interface S3Settings {
  /** Undefined: AWS. */
  readonly s3Endpoint: URL | undefined;
  readonly s3Region: string;
  /** Undefined: at an endpoint of one's own, and not at AWS. */
  readonly s3PathStyle: boolean | undefined;
  readonly s3StorageClass: string | undefined;
  readonly s3ServerSideEncryption: 'AES256' | 'aws:kms' | undefined;
  readonly s3KmsKeyId: string | undefined;
  readonly s3Checksums: 'auto' | 'aws' | 'compatible';
  readonly awsAccessKeyId: string | undefined;
  readonly awsSecretAccessKey: string | undefined;
  readonly awsSessionToken: string | undefined;
}

/** The settings of S3 and compatible stores. */
export const S3_SETTINGS: { readonly [Key in keyof S3Settings]-?: Setting<S3Settings[Key]> } = {
  s3Endpoint: {
    name: 'S3_ENDPOINT',
    section: SECTIONS.s3,
    kind: webAddress,
    description: 'The address of an S3-compatible store. Not set: AWS.',
    onlyFromYou: UPLOAD_PLACE,
  },
  s3Region: {
    name: 'S3_REGION',
    section: SECTIONS.s3,
    kind: pattern(/^[a-z0-9-]{1,60}$/i, 'the name of a region, such as eu-central-1'),
    defaultText: 'us-east-1',
    description: 'The region of the bucket.',
    onlyFromYou: UPLOAD_PLACE,
  },
  s3PathStyle: {
    name: 'S3_PATH_STYLE',
    section: SECTIONS.s3,
    kind: boolean,
    description:
      'Puts the bucket into the path of an address instead of the host name. Not set: true with S3_ENDPOINT, else false.',
  },
  s3StorageClass: {
    name: 'S3_STORAGE_CLASS',
    section: SECTIONS.s3,
    kind: pattern(/^[A-Z0-9_]{1,40}$/, 'a storage class, such as STANDARD_IA'),
    description: 'The storage class of the objects. Not set: the default of the store.',
  },
  s3ServerSideEncryption: {
    name: 'S3_SERVER_SIDE_ENCRYPTION',
    section: SECTIONS.s3,
    kind: choice(['AES256', 'aws:kms']),
    description: 'How the store encrypts objects. Not set: the default of the bucket.',
    onlyFromYou: ENCRYPTION,
  },
  s3KmsKeyId: {
    name: 'S3_KMS_KEY_ID',
    section: SECTIONS.s3,
    kind: text,
    description: 'The key for aws:kms.',
    onlyFromYou: ENCRYPTION,
  },
  s3Checksums: {
    name: 'S3_CHECKSUMS',
    section: SECTIONS.s3,
    kind: choice(['auto', 'aws', 'compatible']),
    defaultText: 'auto',
    description:
      'Which checksums are sent with objects: those of AWS, or those that every compatible store accepts. auto asks the store once and remembers the answer.',
  },
  awsAccessKeyId: {
    name: 'AWS_ACCESS_KEY_ID',
    section: SECTIONS.s3,
    kind: text,
    description: 'The id of the access key.',
    secret: true,
    onlyFromYou: STORE_KEY,
  },
  awsSecretAccessKey: {
    name: 'AWS_SECRET_ACCESS_KEY',
    section: SECTIONS.s3,
    kind: text,
    description: 'The secret key that belongs to AWS_ACCESS_KEY_ID.',
    secret: true,
    onlyFromYou: STORE_KEY,
  },
  awsSessionToken: {
    name: 'AWS_SESSION_TOKEN',
    section: SECTIONS.s3,
    kind: text,
    description: 'The session token of a temporary access key.',
    secret: true,
    onlyFromYou: STORE_KEY,
  },
};
