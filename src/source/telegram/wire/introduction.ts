import { release, type } from 'node:os';

import { Api } from 'telegram';

import type { CallOptions, DcSender } from './connections/dc-sender.js';
import { TL_LAYER } from './gramjs-seams.js';
import type { DcAddress } from './connections/sender-pool.js';
import { wireRequest } from './wire-request.js';

/**
 * The bytes to prepend to the first request of a session: the TL layer and information about this client. The request
 * that follows is answered as usual (https://core.telegram.org/api/invoking#saving-client-info).
 */
export function introductionOf(apiId: number): Buffer {
  const query = new Api.help.GetConfig();
  const wrapped = new Api.InvokeWithLayer({
    layer: TL_LAYER,
    query: new Api.InitConnection({
      apiId,
      deviceModel: 'chatferry',
      systemVersion: `${type()} ${release()}`,
      appVersion: '1',
      systemLangCode: 'en',
      langPack: '',
      langCode: 'en',
      query,
    }),
  }).getBytes();
  return wrapped.subarray(0, wrapped.length - query.getBytes().length);
}

/**
 * Sends the introduction as a request of its own, and asks for the server's configuration.
 *
 * @returns the addresses of data centres for ordinary use, in the server's order.
 * @throws as {@link DcSender.call}.
 */
export async function introduce(sender: DcSender, apiId: number, options: CallOptions): Promise<readonly DcAddress[]> {
  const request = wireRequest(new Api.help.GetConfig(), (reader): unknown => reader.tgReadObject());
  const wire = { ...request, bytes: Buffer.concat([introductionOf(apiId), request.bytes]) };
  const config = await sender.call(wire, options);
  if (!(config instanceof Api.Config)) return [];
  return config.dcOptions
    .filter(({ ipv6, mediaOnly, cdn, tcpoOnly }) => ![ipv6, mediaOnly, cdn, tcpoOnly].includes(true))
    .map(({ id, ipAddress, port }) => ({ id, host: ipAddress, port }));
}

/**
 * Transfers the account's authorisation to a foreign data centre
 * (https://core.telegram.org/api/datacenter#authorization-transfer).
 *
 * @throws as {@link DcSender.call}.
 */
export async function transferAuthorisation(foreign: DcSender, home: DcSender, options: CallOptions): Promise<void> {
  const exportRequest = new Api.auth.ExportAuthorization({ dcId: foreign.dcId });
  const exported = await home.call(
    wireRequest(exportRequest, (reader) => reader.tgReadObject() as Api.auth.ExportedAuthorization),
    options,
  );
  const importRequest = new Api.auth.ImportAuthorization({ id: exported.id, bytes: exported.bytes });
  await foreign.call(
    wireRequest(importRequest, (reader) => reader.tgReadObject() as unknown),
    options,
  );
}
