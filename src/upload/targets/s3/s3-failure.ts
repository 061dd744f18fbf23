import { S3ServiceException } from '@aws-sdk/client-s3';

import { ChatferryError, errorMessage } from '../../../errors/chatferry-error.js';
import { retryAfterMs } from '../../http/retry-after.js';

/** The data of a request for messages about its failure. */
export interface S3Request {
  /** Worded to follow "refused to": `take a part of film.mp4`. */
  readonly doing: string;
  readonly bucket: string;
  /** The host of the request. */
  readonly host: string;
  readonly region: string;
}

/**
 * Codes of temporary errors, whatever their status:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html.
 */
const PASSING: ReadonlySet<string> = new Set([
  'SlowDown',
  'ServiceUnavailable',
  'InternalError',
  'RequestTimeout',
  'OperationAborted',
  'ConditionalRequestConflict',
  'ThrottlingException',
  'Throttling',
  'RequestLimitExceeded',
]);
/** Codes for damaged bytes. */
const DAMAGED: ReadonlySet<string> = new Set(['BadDigest', 'InvalidDigest', 'XAmzContentSHA256Mismatch']);
const REDIRECTS: ReadonlySet<string> = new Set([
  'PermanentRedirect',
  'TemporaryRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
]);
const FULL: ReadonlySet<string> = new Set([
  'QuotaExceeded',
  'XMinioStorageFull',
  'InsufficientCapacity',
  'TooManyBuckets',
]);
const LATE: ReadonlySet<string> = new Set(['TimeoutError', 'ETIMEDOUT', 'ESOCKETTIMEDOUT']);

/** The store's code of the error; undefined if the error is not from the store. */
export function s3CodeOf(error: unknown): string | undefined {
  return error instanceof S3ServiceException ? error.name : undefined;
}

/** The status of the answer; undefined if there was none. */
export function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  return (error.$metadata as { readonly httpStatusCode?: number } | undefined)?.httpStatusCode;
}

/** Converts errors of the SDK into errors with meaning and remedy. A {@link ChatferryError} passes unchanged. */
export function s3Failure(error: unknown, request: S3Request): ChatferryError {
  if (error instanceof ChatferryError) return error;
  const status = statusOf(error);
  return status === undefined ? withoutAnswer(error, request) : withAnswer(error, status, request);
}

function withoutAnswer(cause: unknown, { host }: S3Request): ChatferryError {
  const name = cause instanceof Error ? cause.name : '';
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (name === 'CredentialsProviderError') {
    const message = `There is no key for ${host}. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile of ~/.aws by AWS_PROFILE.`;
    return new ChatferryError('USAGE', message, { cause });
  }
  if (LATE.has(name) || LATE.has(code)) {
    return new ChatferryError('TIMEOUT', `${host} did not answer in time.`, { cause, retryable: true });
  }
  const what = code === '' ? errorMessage(cause) : code;
  const message = `The connection to ${host} failed: ${what}.`;
  return new ChatferryError('UNREACHABLE', message, { cause, retryable: true });
}

function withAnswer(cause: unknown, status: number, request: S3Request): ChatferryError {
  const { doing, host, bucket, region } = request;
  const code = cause instanceof Error ? cause.name : 'Unknown';
  const said = `${host} answered ${status} (${code}) when asked to ${doing}`;
  if (DAMAGED.has(code)) {
    return new ChatferryError('CONTENT_MISMATCH', `${said}: other bytes came than were sent.`, {
      cause,
      retryable: true,
    });
  }
  // An answer that names another region or host must not be retried at the same place. An answer to HEAD has only
  // headers.
  const right = headerOf(cause, 'x-amz-bucket-region') ?? regionIn(cause);
  const isElsewhere = right !== undefined && right !== region && [400, 403].includes(status);
  if (REDIRECTS.has(code) || (status >= 300 && status < 400) || isElsewhere) {
    const remedy =
      right === undefined || right === region
        ? `Set S3_REGION and S3_ENDPOINT to where the bucket is.`
        : `Set S3_REGION=${right}.`;
    const message = `The bucket ${bucket} is not in ${region} at ${host} (${code}), and its bytes are not sent elsewhere unasked. ${remedy}`;
    return new ChatferryError('STORE_REFUSED', message, { cause });
  }
  if (PASSING.has(code) || status >= 500 || status === 429 || status === 408) {
    if (status === 501) return refused(`${said}. Try S3_CHECKSUMS=compatible.`, cause);
    const afterMs = retryAfterMs(headerOf(cause, 'retry-after'), Date.now());
    const options = afterMs === undefined ? { cause, retryable: true } : { cause, retryAfterMs: afterMs };
    return new ChatferryError('REMOTE_ERROR', `${said}.`, options);
  }
  return refused(`${said}${detailOf(cause)}. ${remedyFor(code, status, request)}`, cause);
}

function refused(message: string, cause: unknown): ChatferryError {
  return new ChatferryError('STORE_REFUSED', message, { cause });
}

function remedyFor(code: string, status: number, { bucket }: S3Request): string {
  if (FULL.has(code)) return 'The store is full, or its quota is used up. Make room there, or choose another one.';
  if (code === 'NoSuchBucket') return `Make the bucket ${bucket}, or correct its name, S3_ENDPOINT or S3_REGION.`;
  if (code === 'RequestTimeTooSkewed') return "This machine's clock is wrong. Set it.";
  if (code === 'ExpiredToken' || code === 'TokenRefreshRequired')
    return 'The temporary key has expired. Get a new one.';
  if (code === 'KeyTooLongError') return 'Choose a shorter prefix.';
  if (code === 'InvalidStorageClass') return 'Correct S3_STORAGE_CLASS.';
  if (code.startsWith('KMS')) return 'Check S3_KMS_KEY_ID and the rights to that key.';
  if (status === 401 || status === 403) {
    return 'Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and that the key has the rights s3:PutObject, s3:GetObject, s3:AbortMultipartUpload and s3:ListMultipartUploadParts.';
  }
  return 'Check S3_ENDPOINT, S3_REGION and S3_CHECKSUMS; S3_CHECKSUMS=compatible works with most stores.';
}

/** The store's own message, if it adds to the code. It is escaped when messages are shown. */
function detailOf(error: unknown): string {
  const message = errorMessage(error).replaceAll(/\s+/g, ' ').trim().slice(0, 200).replace(/[.:]$/, '');
  return message === '' || message === 'UnknownError' || message === s3CodeOf(error) ? '' : `: ${message}`;
}

function headerOf(error: unknown, name: string): string | undefined {
  if (typeof error !== 'object' || error === null || !('$response' in error)) return undefined;
  const response = error.$response as { readonly headers?: Readonly<Record<string, string>> } | undefined;
  return response?.headers?.[name];
}

/** `AuthorizationHeaderMalformed` contains the expected region. */
function regionIn(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('Region' in error)) return undefined;
  return typeof error.Region === 'string' && /^[a-z0-9-]{1,60}$/i.test(error.Region) ? error.Region : undefined;
}
