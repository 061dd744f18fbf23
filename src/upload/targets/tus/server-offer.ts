import { ChatferryError } from '../../../errors/chatferry-error.js';
import type { HttpAnswer } from '../../http/http-client.js';

/** The capabilities of a tus server (https://tus.io/protocols/resumable-upload#options). */
export interface ServerOffer {
  readonly largestFileBytes?: number;
  /** Such as `creation`, `termination`, `checksum`, `concatenation`, `expiration`. */
  readonly extensions: ReadonlySet<string>;
  /** Such as `sha256`, `md5`. */
  readonly checksums: ReadonlySet<string>;
}

/** For a server that reports none: the core protocol, with creation. */
export const NO_OFFER: ServerOffer = { extensions: new Set(), checksums: new Set() };

/**
 * @throws {ChatferryError} `STORE_REFUSED` when it speaks another version, or does not allow the creation of uploads.
 */
export function readServerOffer({ headers }: HttpAnswer, host: string): ServerOffer {
  const { 'tus-version': versions, 'tus-extension': extensions } = headers;
  if (versions !== undefined && !words(versions).has('1.0.0')) {
    throw new ChatferryError(
      'STORE_REFUSED',
      `${host} speaks tus ${versions}, and 1.0.0 is needed. Choose another target.`,
    );
  }
  if (extensions !== undefined && !words(extensions).has('creation')) {
    throw new ChatferryError('STORE_REFUSED', `${host} does not allow uploads to be created. Choose another target.`);
  }
  const most = Number(headers['tus-max-size']);
  return {
    ...(Number.isSafeInteger(most) && most > 0 ? { largestFileBytes: most } : {}),
    extensions: words(extensions),
    checksums: words(headers['tus-checksum-algorithm']),
  };
}

function words(header = ''): ReadonlySet<string> {
  return new Set(
    header
      .split(',')
      .map((word) => word.trim().toLowerCase())
      .filter((word) => word !== ''),
  );
}
