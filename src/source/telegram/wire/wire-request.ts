import { Api } from 'telegram';
import type { BinaryReader } from 'telegram/extensions/index.js';

import { AnswerCheck } from './answers/answer-check.js';
import { faultError } from './answers/refused-answer.js';
import { resultTypeOf } from './answers/tl-layouts.js';

/** A serialised request. */
export interface WireRequest<Answer> {
  /** The TL name of the method. */
  readonly method: string;
  readonly bytes: Buffer;
  /** Reads the answer. If it throws, the call is rejected with that error. */
  read(reader: BinaryReader): Answer;
}

/**
 * Serialises a gramjs request, and sets the function that reads its answer. The function is only called for bytes that
 * {@link AnswerCheck} has accepted as an answer to this method.
 */
export function wireRequest<Answer>(
  request: Api.AnyRequest,
  read: (reader: BinaryReader) => Answer,
): WireRequest<Answer> {
  const unchecked = selfCheckedRequest(request, read);
  return {
    ...unchecked,
    read: (reader) => {
      checkAnswer(reader, unchecked.method, request);
      return read(reader);
    },
  };
}

/** Like {@link wireRequest}, for a reader that checks the answer itself. */
export function selfCheckedRequest<Answer>(
  request: Api.AnyRequest,
  read: (reader: BinaryReader) => Answer,
): WireRequest<Answer> {
  const method = request.className.replace(/(?<=^|\.)[A-Z]/, (letter) => letter.toLowerCase());
  // Updates are not needed, and one of an unknown type in a container would make the answers beside it unreadable.
  // Login requests are sent without the wrapper.
  const plain = method.startsWith('auth.') || method.startsWith('account.');
  const bytes = plain ? request.getBytes() : new Api.InvokeWithoutUpdates({ query: request }).getBytes();
  return { method, bytes, read };
}

/** @throws {ChatferryError} `IMPLAUSIBLE_ANSWER`, `UNDECODABLE`. */
function checkAnswer(reader: BinaryReader, method: string, request: Api.AnyRequest): void {
  const type = resultTypeOf(request.CONSTRUCTOR_ID) ?? 'Object';
  const check = new AnswerCheck(reader.getBuffer());
  if (check.endOf(reader.tellPosition(), type, requestedCount(request)) === undefined)
    throw faultError(method, check.fault);
}

/** The maximum number of results: that of the ids, if the request has ids. */
function requestedCount(request: Api.AnyRequest): number {
  const { id } = request as { readonly id?: unknown };
  return Array.isArray(id) ? id.length : Infinity;
}
