import { unzipSync } from 'node:zlib';

import bigInt from 'big-integer';
import { TypeNotFoundError } from 'telegram/errors/index.js';

import type { IncomingMessage, RpcResult } from './gramjs-seams.js';
import { TlReader } from './tl-reader.js';

// https://core.telegram.org/schema/mtproto
const RPC_RESULT = 0xf35c6d01;
const RPC_ERROR = 0x2144ca19;
const MESSAGE_CONTAINER = 0x73f1f8dc;
const GZIP_PACKED = 0x3072cfa1;
// An answer beyond that is no answer of Telegram's, but a bomb.
const MOST_UNPACKED_BYTES = 64 * 1024 * 1024;

/** Any constructor that gramjs has no handler for: the message is acknowledged and that is all. */
const UNREADABLE = { CONSTRUCTOR_ID: 0 };

/**
 * Reads what the server sent as gramjs's handlers want it. Answers are left as bytes, those that are packed unpacked by
 * zlib: gramjs has an inflate of its own, in JavaScript.
 *
 * An unreadable message in a container does not cost the others.
 *
 * @throws {TypeNotFoundError} gramjs's, for a constructor that it does not know outside a container.
 */
export function readServerMessage(body: Buffer): unknown {
  switch (body.readUInt32LE(0)) {
    case RPC_RESULT:
      return readResult(body);
    case MESSAGE_CONTAINER:
      return { CONSTRUCTOR_ID: MESSAGE_CONTAINER, messages: readContainer(body) };
    default:
      return new TlReader(body).tgReadObject() as unknown;
  }
}

/** Whether it is one answer and nothing else: a container may hold several. */
export function isAnswer(body: Buffer): boolean {
  return body.readUInt32LE(0) === RPC_RESULT;
}

function readResult(body: Buffer): RpcResult & { readonly CONSTRUCTOR_ID: number } {
  const reqMsgId = bigInt(body.readBigInt64LE(4));
  const result = body.subarray(12);
  const head = { CONSTRUCTOR_ID: RPC_RESULT, reqMsgId };
  switch (result.readUInt32LE(0)) {
    case RPC_ERROR:
      return { ...head, body: result, error: new TlReader(result).tgReadObject() as NonNullable<RpcResult['error']> };
    case GZIP_PACKED: {
      const packed = new TlReader(result.subarray(4)).tgReadBytes();
      return { ...head, body: unzipSync(packed, { maxOutputLength: MOST_UNPACKED_BYTES }) };
    }
    default:
      return { ...head, body: result };
  }
}

function readContainer(body: Buffer): IncomingMessage[] {
  const messages: IncomingMessage[] = [];
  let position = 8;
  for (let left = body.readInt32LE(4); left > 0; left -= 1) {
    const msgId = bigInt(body.readBigInt64LE(position));
    const end = position + 16 + body.readInt32LE(position + 12);
    messages.push({ msgId, obj: readInner(body.subarray(position + 16, end)) });
    position = end;
  }
  return messages;
}

function readInner(body: Buffer): unknown {
  try {
    return readServerMessage(body);
  } catch (error) {
    if (error instanceof TypeNotFoundError) return UNREADABLE;
    throw error;
  }
}
