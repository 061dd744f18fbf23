import bigInt from 'big-integer';
import { Api } from 'telegram';

import { TL_LAYER } from '../wire/gramjs-seams.js';
import { type WireRequest, wireRequest } from '../wire/wire-request.js';

/** The part of a file to request from a CDN. */
export interface CdnPart {
  readonly fileToken: Buffer;
  readonly offset: number;
  readonly limit: number;
}

/**
 * The only request that CDN data centres answer. Every request includes `initConnection`, which other data centres
 * receive once per session, because no other request could carry it. It does not describe this machine, because CDNs
 * are operated by third parties (https://core.telegram.org/cdn).
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
