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
/** Service messages that are handled. All others (updates, states of messages) are acknowledged without reading. */
const HANDLED: ReadonlySet<number> = new Set([
  0xedab447b, // bad_server_salt
  0xa7eff811, // bad_msg_notification
  0x9ec20908, // new_session_created
]);
// Telegram's answers stay below 2 MB, and packets below 16 MB. A larger result is a decompression bomb.
const MAX_UNPACKED_BYTES = 16 * 1024 * 1024;
/** https://core.telegram.org/mtproto/service_messages#containers */
const MAX_CONTAINER_MESSAGES = 1020;
const CONTAINER_MESSAGE_HEAD_BYTES = 16;
/** Telegram's error texts are names, such as `FILE_REFERENCE_EXPIRED`. */
const MAX_ERROR_TEXT_BYTES = 256;

/** A constructor id that gramjs has no handler for, so the message is only acknowledged. */
const UNREADABLE = { CONSTRUCTOR_ID: 0 };

/**
 * Reads a message of the server into the form that gramjs's handlers need. Answers stay bytes, see
 * {@link unpackAnswer}. Of the service messages, only those that are handled are read.
 *
 * An unreadable message in a container does not affect the others.
 *
 * @throws {Error} for an invalid container. The connection cannot be used any more then.
 */
export function readServerMessage(body: Buffer): unknown {
  if (idOf(body) !== MESSAGE_CONTAINER) return readSingle(body);
  return { CONSTRUCTOR_ID: MESSAGE_CONTAINER, messages: readContainer(body) };
}

/** Whether the message is a single answer, and not a container. */
export function isAnswer(body: Buffer): boolean {
  return idOf(body) === RPC_RESULT;
}

/**
 * Decompresses an answer, if it is compressed. Uses zlib, because the inflate of gramjs is JavaScript and has no size
 * limit. Called only for answers that a call waits for.
 *
 * @throws {Error} if it is not valid gzip data, exceeds the size of any answer, or is compressed twice.
 */
export function unpackAnswer(body: Buffer): Buffer {
  if (idOf(body) !== GZIP_PACKED) return body;
  if (new AnswerCheck(body).endOf(4, 'bytes') === undefined) throw new Error('it is truncated');
  const packed = new TlReader(body.subarray(4)).tgReadBytes();
  const unpacked = unzipSync(packed, { maxOutputLength: MAX_UNPACKED_BYTES });
  if (idOf(unpacked) === GZIP_PACKED) throw new Error('it is compressed twice');
  return unpacked;
}

/** The error in an answer; undefined if the answer is not an error. */
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
  // Compressed messages are updates: the handled ones are too small to be compressed.
  if (!HANDLED.has(id)) return UNREADABLE;
  const isWhole = new AnswerCheck(body).endOf(0, layoutOf(id)?.type ?? '') !== undefined;
  return isWhole ? (new TlReader(body).tgReadObject() as unknown) : UNREADABLE;
}

function readResult(body: Buffer): RpcResult & { readonly CONSTRUCTOR_ID: number } {
  return { CONSTRUCTOR_ID: RPC_RESULT, reqMsgId: bigInt(body.readBigInt64LE(4)), body: body.subarray(12) };
}

/** Shortens an error text and replaces all but printable ASCII, as Telegram's error texts are ASCII names. */
function onOneLine(text: string): string {
  const shortened = text.length > MAX_ERROR_TEXT_BYTES ? `${text.slice(0, MAX_ERROR_TEXT_BYTES)}…` : text;
  return shortened.replace(/[^ -~…]/g, '\ufffd');
}

function readContainer(body: Buffer): IncomingMessage[] {
  const messages: IncomingMessage[] = [];
  const count = body.length < 8 ? -1 : body.readInt32LE(4);
  if (count < 0 || count > MAX_CONTAINER_MESSAGES) throw new Error(`a container of ${count} messages`);
  let position = 8;
  for (let left = count; left > 0; left -= 1) {
    const start = position + CONTAINER_MESSAGE_HEAD_BYTES;
    const byteCount = start > body.length ? -1 : body.readInt32LE(start - 4);
    if (byteCount < 4 || start + byteCount > body.length) throw new Error('a truncated container');
    const msgId = bigInt(body.readBigInt64LE(position));
    // The protocol forbids a container in a container, so it is read as an unreadable message.
    messages.push({ msgId, obj: readSingle(body.subarray(start, start + byteCount)) });
    position = start + byteCount;
  }
  return messages;
}

function idOf(body: Buffer): number {
  return body.length < 4 ? 0 : body.readUInt32LE(0);
}
