import { unzipSync } from 'node:zlib';

import bigInt from 'big-integer';

import { AnswerCheck } from '../answers/answer-check.js';
import { layoutOf } from '../answers/tl-layouts.js';
import type { IncomingMessage, RpcErrorText, RpcResult } from '../gramjs-seams.js';
import { TlReader } from './tl-reader.js';

// https://core.telegram.org/schema/mtproto
const RPC_RESULT = 0xf35c6d01;
const RPC_ERROR = 0x2144ca19;
const MESSAGE_CONTAINER = 0x73f1f8dc;
const GZIP_PACKED = 0x3072cfa1;
/** What is acted upon. Everything else (updates, states of messages) is of no use here, and acknowledged unread. */
const ACTED_UPON: ReadonlySet<number> = new Set([
  0xedab447b, // bad_server_salt
  0xa7eff811, // bad_msg_notification
  0x9ec20908, // new_session_created
]);
// An answer beyond that is no answer of Telegram's, but a bomb: they stay below 2 MB, packets below 16.
const MOST_UNPACKED_BYTES = 16 * 1024 * 1024;
/** https://core.telegram.org/mtproto/service_messages#containers */
const MOST_CONTAINER_MESSAGES = 1020;
const CONTAINER_MESSAGE_HEAD_BYTES = 16;
/** Telegram's error texts are names, such as `FILE_REFERENCE_EXPIRED`. */
const MOST_ERROR_TEXT_BYTES = 256;

/** Any constructor that gramjs has no handler for: the message is acknowledged and that is all. */
const UNREADABLE = { CONSTRUCTOR_ID: 0 };

/**
 * Reads what the server sent as gramjs's handlers want it. Answers are left as bytes, see {@link unpackAnswer}; of the
 * messages of the protocol itself, those are read that something is done about.
 *
 * An unreadable message in a container does not cost the others.
 *
 * @throws {Error} for a container that does not hold what it says. The connection is of no use then.
 */
export function readServerMessage(body: Buffer): unknown {
  if (idOf(body) !== MESSAGE_CONTAINER) return readSingle(body);
  return { CONSTRUCTOR_ID: MESSAGE_CONTAINER, messages: readContainer(body) };
}

/** Whether it is one answer and nothing else: a container may hold several. */
export function isAnswer(body: Buffer): boolean {
  return idOf(body) === RPC_RESULT;
}

/**
 * The bytes of an answer as they were before the server packed them. zlib does it: gramjs has an inflate of its own, in
 * JavaScript and without a bound. Done only for an answer that somebody waits for.
 *
 * @throws {Error} when they are no gzip, more than any answer has, or packed once more.
 */
export function unpackAnswer(body: Buffer): Buffer {
  if (idOf(body) !== GZIP_PACKED) return body;
  if (new AnswerCheck(body).endOf(4, 'bytes') === undefined) throw new Error('it is cut off');
  const packed = new TlReader(body.subarray(4)).tgReadBytes();
  const unpacked = unzipSync(packed, { maxOutputLength: MOST_UNPACKED_BYTES });
  if (idOf(unpacked) === GZIP_PACKED) throw new Error('it is packed twice');
  return unpacked;
}

/** The refusal that an answer is; undefined for any other. */
export function errorIn(answer: Buffer): RpcErrorText | undefined {
  if (idOf(answer) !== RPC_ERROR) return undefined;
  const isWhole = new AnswerCheck(answer).endOf(0, 'RpcError') !== undefined;
  if (!isWhole) return { errorCode: 500, errorMessage: 'UNREADABLE_ERROR' };
  const error = new TlReader(answer).tgReadObject() as RpcErrorText;
  return { errorCode: error.errorCode, errorMessage: onOneLine(error.errorMessage) };
}

function readSingle(body: Buffer): unknown {
  const id = idOf(body);
  if (id === RPC_RESULT && body.length >= 16) return readResult(body);
  // Whatever is packed outside an answer is an update: those of ACTED_UPON have 20 bytes.
  if (!ACTED_UPON.has(id)) return UNREADABLE;
  const isWhole = new AnswerCheck(body).endOf(0, layoutOf(id)?.type ?? '') !== undefined;
  return isWhole ? (new TlReader(body).tgReadObject() as unknown) : UNREADABLE;
}

function readResult(body: Buffer): RpcResult & { readonly CONSTRUCTOR_ID: number } {
  return { CONSTRUCTOR_ID: RPC_RESULT, reqMsgId: bigInt(body.readBigInt64LE(4)), body: body.subarray(12) };
}

/** Telegram's error texts are names in ASCII. */
function onOneLine(text: string): string {
  const shortened = text.length > MOST_ERROR_TEXT_BYTES ? `${text.slice(0, MOST_ERROR_TEXT_BYTES)}…` : text;
  return shortened.replace(/[^ -~…]/g, '\ufffd');
}

function readContainer(body: Buffer): IncomingMessage[] {
  const messages: IncomingMessage[] = [];
  const count = body.length < 8 ? -1 : body.readInt32LE(4);
  if (count < 0 || count > MOST_CONTAINER_MESSAGES) throw new Error(`a container of ${count} messages`);
  let position = 8;
  for (let left = count; left > 0; left -= 1) {
    const start = position + CONTAINER_MESSAGE_HEAD_BYTES;
    const byteCount = start > body.length ? -1 : body.readInt32LE(start - 4);
    if (byteCount < 4 || start + byteCount > body.length) throw new Error('a container that is cut off');
    const msgId = bigInt(body.readBigInt64LE(position));
    // A container in a container is no message: the protocol forbids it.
    messages.push({ msgId, obj: readSingle(body.subarray(start, start + byteCount)) });
    position = start + byteCount;
  }
  return messages;
}

function idOf(body: Buffer): number {
  return body.length < 4 ? 0 : body.readUInt32LE(0);
}
