import { release, type } from 'node:os';

import { Api } from 'telegram';

import type { CallOptions, DcSender } from './connections/dc-sender.js';
import { TL_LAYER } from './gramjs-seams.js';
import type { DcAddress } from './connections/sender-pool.js';
import { wireRequest } from './wire-request.js';

/**
 * What goes before the first request of a session and says who we are and in which layer we speak. A request behind it is
 * answered as if it came alone: https://core.telegram.org/api/invoking#saving-client-info.
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
 * The first request of a session that has no other: says who we are and asks how the server is set up.
 *
 * @returns where the server says that data centres listen; those for ordinary use, in its order.
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
 * Makes the account known at a foreign data centre: https://core.telegram.org/api/datacenter#authorization-transfer.
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
