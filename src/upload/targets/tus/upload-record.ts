import { z } from 'zod';

import { ChatferryError } from '../../../errors/chatferry-error.js';
import type { HttpAnswer } from '../../http/http-client.js';
import { toldTime } from '../../http/told.js';
import type { Lane, OutgoingFile, RemoteUpload } from '../../upload-target.js';

/** One upload at the server: the whole file, or a part of it that is to be concatenated. */
export interface ServerUpload {
  readonly address: string;
  /** The offset of its bytes in the file. */
  readonly offset: number;
  readonly sizeBytes: number;
}

const UPLOADS = z
  .array(z.object({ address: z.string(), offset: z.number().int().min(0), sizeBytes: z.number().int().min(0) }))
  .min(1);

/** The record of a file's uploads in its session. @param expiresAtMs - UTC milliseconds, if the server reported it. */
export function recordOf(uploads: readonly ServerUpload[], expiresAtMs?: number): RemoteUpload {
  return {
    uploads: JSON.stringify(uploads),
    ...(expiresAtMs === undefined ? {} : { expiresAtMs: String(expiresAtMs) }),
  };
}

/** @throws {ChatferryError} `INTERNAL` for a record that is not one of {@link recordOf}. */
export function uploadsOf({ uploads = '' }: RemoteUpload): readonly ServerUpload[] {
  try {
    return UPLOADS.parse(JSON.parse(uploads));
  } catch (cause) {
    const message = 'An upload session does not say where its upload is. Delete that session and start again.';
    throw new ChatferryError('INTERNAL', message, { cause });
  }
}

/** @throws as {@link uploadsOf} does. */
export function onlyUploadOf(record: RemoteUpload): ServerUpload {
  const [first, ...others] = uploadsOf(record);
  if (first !== undefined && others.length === 0) return first;
  throw new ChatferryError('INTERNAL', 'A file in several uploads is sent lane by lane.');
}

export function laneOf(upload: ServerUpload): Lane {
  const { offset, sizeBytes } = upload;
  return { offset, sizeBytes, upload: recordOf([upload]) };
}

/** With more, the request that concatenates them would be too long for some servers. */
const MAX_UPLOADS = 16;
/** Each additional upload costs two requests; below this size they cost more than they save. */
const MIN_PARTS = 2;

/** The ranges of a file that are sent as separate uploads; one if more are not worth it. They end at part boundaries. */
export function stretchesOf(
  { sizeBytes }: OutgoingFile,
  { partBytes, senderCount }: { readonly partBytes: number; readonly senderCount: number },
): readonly Omit<ServerUpload, 'address'>[] {
  const partCount = Math.ceil(sizeBytes / partBytes);
  const count = Math.max(1, Math.min(senderCount, MAX_UPLOADS, Math.floor(partCount / MIN_PARTS)));
  const stretchBytes = Math.max(1, Math.ceil(partCount / count) * partBytes);
  const offsets = Array.from({ length: Math.max(1, Math.ceil(sizeBytes / stretchBytes)) }, (_, i) => i * stretchBytes);
  return offsets.map((offset) => ({ offset, sizeBytes: Math.min(stretchBytes, sizeBytes - offset) }));
}

/**
 * When an unfinished upload expires (https://tus.io/protocols/resumable-upload#upload-expires), by this machine's
 * clock. The server's clock may be wrong; its answers contain its time, so the difference is known.
 *
 * @returns UTC milliseconds; undefined if the answer does not contain it.
 */
export function expiryOf({ headers }: HttpAnswer, nowMs: number): number | undefined {
  const expiresAtMs = Date.parse(headers['upload-expires'] ?? '');
  if (Number.isNaN(expiresAtMs)) return undefined;
  const serverNowMs = Date.parse(headers['date'] ?? '');
  return toldTime(expiresAtMs + (Number.isNaN(serverNowMs) ? 0 : nowMs - serverNowMs));
}

/** A number of bytes in a header; undefined if there is none. */
export function byteCount(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,15}$/.test(header.trim()) ? Number(header) : undefined;
}
