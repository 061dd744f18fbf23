import bigInt from 'big-integer';
import { Api } from 'telegram';

import { TL_LAYER } from '../wire/gramjs-seams.js';
import { type WireRequest, wireRequest } from '../wire/wire-request.js';

/** What to ask a CDN for. */
export interface CdnPart {
  readonly fileToken: Buffer;
  readonly offset: number;
  readonly limit: number;
}

/**
 * The one request that CDN data centres answer. Each carries the introduction that other data centres get once a
 * session, since there is no other request to give it with, and says nothing of this machine: a CDN is in the hands of
 * others (https://core.telegram.org/cdn).
 */
export function cdnRequest(apiId: number, { fileToken, offset, limit }: CdnPart): WireRequest<Api.upload.TypeCdnFile> {
  const query = new Api.upload.GetCdnFile({ fileToken, offset: bigInt(offset), limit });
  const request = new Api.InvokeWithLayer({
    layer: TL_LAYER,
    query: new Api.InitConnection({
      apiId,
      deviceModel: 'n/a',
      systemVersion: 'n/a',
      appVersion: '1',
      systemLangCode: 'en',
      langPack: '',
      langCode: 'en',
      query,
    }),
  });
  const bare = wireRequest(query, (reader) => reader.tgReadObject() as Api.upload.TypeCdnFile);
  return { ...bare, bytes: request.getBytes() };
}
