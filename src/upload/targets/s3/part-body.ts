import { Readable } from 'node:stream';

import type { OutgoingPart } from '../../upload-target.js';

/**
 * Sends a part's bytes as a stream that the SDK reads. If the source fails, the request is aborted at once, because the
 * SDK ignores errors of a body and would wait for the rest.
 *
 * @throws what the source throws, else what `send` throws.
 */
export async function sendBody<T>(
  part: OutgoingPart,
  send: (body: Readable | Uint8Array, signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  if (part.sizeBytes === 0) return send(new Uint8Array(), signal);
  const stop = new AbortController();
  const body = Readable.from(part.body(), { objectMode: false });
  let failure: { readonly error: Error } | undefined;
  body.on('error', (error) => {
    failure ??= { error };
    stop.abort(error);
  });
  try {
    return await send(body, AbortSignal.any([signal, stop.signal]));
  } catch (error) {
    throw failure?.error ?? error;
  } finally {
    // After an early answer the rest is not sent, so the connection cannot be used again.
    if (!body.readableEnded) stop.abort();
    body.destroy();
  }
}
