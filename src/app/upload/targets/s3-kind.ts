import { ChatferryError } from '../../../errors/chatferry-error.js';
import { readObjectId } from '../../../upload/targets/s3/object-id.js';
import type { S3TargetOptions } from '../../../upload/targets/s3/s3-options.js';
import type { UploadTarget } from '../../../upload/upload-target.js';
import { requireEncrypted } from '../encrypted-address.js';
import type { TargetKind, TargetPlace } from '../target-kind.js';

/**
 * Names of buckets, including old ones of AWS and those of other stores
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html).
 */
const BUCKET = /^[a-z0-9][\w.-]{1,253}[a-z0-9]$/i;

/** A bucket of S3, or of a compatible store. */
export const s3Kind: TargetKind = {
  scheme: 's3://',
  form: 's3://bucket/prefix',
  says: 'a bucket of S3, or with S3_ENDPOINT of a compatible store',
  open: openS3,
  holds: ({ id }, place) => {
    const { prefix } = placeIn(place);
    const key = readObjectId(id)?.key;
    return key !== undefined && (prefix === '' || key.startsWith(`${prefix}/`));
  },
};

async function openS3(place: TargetPlace): Promise<UploadTarget> {
  const options = optionsOf(place);
  // Loaded on demand: the SDK takes a third of a second to load, and no other target needs it.
  const { S3Target } = await import('../../../upload/targets/s3/s3-target.js');
  const target = new S3Target(options);
  try {
    await target.requireKey();
    return target;
  } catch (error) {
    await target[Symbol.asyncDispose]();
    throw error;
  }
}

function optionsOf(place: TargetPlace): S3TargetOptions {
  const { spec, settings } = place;
  const { s3Endpoint, s3PathStyle, s3StorageClass, s3ServerSideEncryption, s3KmsKeyId } = settings;
  if (s3KmsKeyId !== undefined && s3ServerSideEncryption !== 'aws:kms') {
    const message = `${spec}: S3_KMS_KEY_ID is a key for aws:kms. Set S3_SERVER_SIDE_ENCRYPTION=aws:kms as well, or remove it.`;
    throw new ChatferryError('USAGE', message);
  }
  return {
    ...placeIn(place),
    ...(s3Endpoint === undefined ? {} : { endpoint: requireEncrypted(s3Endpoint, 'S3_ENDPOINT', settings) }),
    region: settings.s3Region,
    ...(s3PathStyle === undefined ? {} : { pathStyle: s3PathStyle }),
    ...credentialsOf(place),
    ...(s3StorageClass === undefined ? {} : { storageClass: s3StorageClass }),
    ...(s3ServerSideEncryption === undefined ? {} : { encryption: s3ServerSideEncryption }),
    ...(s3KmsKeyId === undefined ? {} : { kmsKeyId: s3KmsKeyId }),
    checksums: settings.s3Checksums,
    connectionCount: settings.uploadMaxParallel,
    timeoutMs: settings.uploadTimeoutMs,
  };
}

/** If none is given, the SDK looks for a key in the standard places of AWS tools. */
function credentialsOf({ settings }: TargetPlace): Pick<S3TargetOptions, 'credentials'> {
  const { awsAccessKeyId: accessKeyId, awsSecretAccessKey: secretAccessKey, awsSessionToken: sessionToken } = settings;
  if (accessKeyId === undefined && secretAccessKey === undefined) return {};
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const missing = accessKeyId === undefined ? 'AWS_ACCESS_KEY_ID' : 'AWS_SECRET_ACCESS_KEY';
    throw new ChatferryError('USAGE', `${missing} is not set, but an S3 key needs both parts. Set it as well.`);
  }
  return { credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) } };
}

function placeIn({ spec, rest }: TargetPlace): Pick<S3TargetOptions, 'bucket' | 'prefix'> {
  const [bucket = '', ...names] = rest.split('/');
  if (!BUCKET.test(bucket)) {
    throw new ChatferryError(
      'USAGE',
      bucket === ''
        ? `${spec} names no bucket. Write s3://bucket/prefix, such as s3://my-archive/chats.`
        : `${spec}: "${bucket}" cannot be the name of a bucket, which has 3 to 255 letters, digits, dots, dashes and underscores. Write s3://bucket/prefix, such as s3://my-archive/chats.`,
    );
  }
  if (names.some((name) => name === '.' || name === '..')) {
    throw new ChatferryError(
      'USAGE',
      `${spec}: "." and ".." are not valid in a key prefix. Write the prefix without them.`,
    );
  }
  return { bucket, prefix: names.filter((name) => name !== '').join('/') };
}
