import { Api } from 'telegram';
import type { BinaryReader } from 'telegram/extensions/index.js';

import type { WireRequest } from './dc-sender.js';

/** Brings a gramjs request into its wire form, with a reader of our own choice. */
export function wireRequest<Answer>(
  request: Api.AnyRequest,
  read: (reader: BinaryReader) => Answer,
): WireRequest<Answer> {
  const method = request.className.replace(/(?<=^|\.)[A-Z]/, (letter) => letter.toLowerCase());
  // Updates are of no use here, and one of an unknown kind in a container would cost the answers beside it. A login is
  // sent as it is.
  const plain = method.startsWith('auth.') || method.startsWith('account.');
  const bytes = plain ? request.getBytes() : new Api.InvokeWithoutUpdates({ query: request }).getBytes();
  return { method, bytes, read };
}
