import { Api } from 'telegram';
import type { BinaryReader } from 'telegram/extensions/index.js';

import { AnswerCheck } from './answers/answer-check.js';
import { faultError } from './answers/refused-answer.js';
import { resultTypeOf } from './answers/tl-layouts.js';

/** A request in its wire form. */
export interface WireRequest<Answer> {
  /** The method, as TL names it. */
  readonly method: string;
  readonly bytes: Buffer;
  /** Reads the answer. What it throws rejects the call. */
  read(reader: BinaryReader): Answer;
}

/**
 * Brings a gramjs request into its wire form, with a reader of our own choice. The reader sees what has passed
 * {@link AnswerCheck} as an answer to this method, and nothing else.
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

/** The same for a reader that checks what it reads itself. */
export function selfCheckedRequest<Answer>(
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

/** @throws {ChatferryError} `IMPLAUSIBLE_ANSWER`, `UNDECODABLE`. */
function checkAnswer(reader: BinaryReader, method: string, request: Api.AnyRequest): void {
  const type = resultTypeOf(request.CONSTRUCTOR_ID) ?? 'Object';
  const check = new AnswerCheck(reader.getBuffer());
  if (check.endOf(reader.tellPosition(), type, askedCount(request)) === undefined)
    throw faultError(method, check.fault);
}

/** Where things are asked for by id, no more can come. */
function askedCount(request: Api.AnyRequest): number {
  const { id } = request as { readonly id?: unknown };
  return Array.isArray(id) ? id.length : Infinity;
}
