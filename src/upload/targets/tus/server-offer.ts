import type { HttpAnswer } from '../../http/http-client.js';

/** What a tus server says of itself (https://tus.io/protocols/resumable-upload#options). */
export interface ServerOffer {
  readonly largestFileBytes?: number;
  /** Such as `creation`, `termination`, `checksum`, `concatenation`, `expiration`. */
  readonly extensions: ReadonlySet<string>;
  /** Such as `sha256`, `md5`. */
  readonly checksums: ReadonlySet<string>;
}

export function readServerOffer({ headers }: HttpAnswer): ServerOffer {
  const most = Number(headers['tus-max-size']);
  return {
    ...(Number.isSafeInteger(most) && most > 0 ? { largestFileBytes: most } : {}),
    extensions: words(headers['tus-extension']),
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
