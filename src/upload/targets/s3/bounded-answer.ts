import { Readable, Transform } from 'node:stream';

import type { S3Client, ServiceInputTypes, ServiceOutputTypes } from '@aws-sdk/client-s3';

import { ChatferryError } from '../../../errors/chatferry-error.js';
import type { AnswerDeadline } from '../../http/answer-deadline.js';

/** A thousand uploads with keys of 1,024 bytes, each of which may be escaped as six. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** A command of the SDK for `S3Client.send`. */
export type Command<Input extends ServiceInputTypes, Output extends ServiceOutputTypes> = Parameters<
  typeof S3Client.prototype.send<Input, Output>
>[0];

interface Bounds {
  readonly host: string;
  readonly deadline: AnswerDeadline;
  /** Whether a successful answer is the content of an object. */
  readonly isLong: boolean;
}

/**
 * Limits the size and duration of the answer to a command, because the SDK reads everything into memory as long as data
 * arrives. The error is that of the deadline.
 */
export function boundAnswer<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
  command: Command<Input, Output>,
  { host, deadline, isLong }: Bounds,
): void {
  command.middlewareStack.add(
    (next) => async (args) => {
      startAfter((args.request as { readonly body?: unknown }).body, deadline);
      const result = await next(args);
      deadline.start();
      const response = result.response as { readonly statusCode: number; body?: unknown };
      const { body } = response;
      if (!(body instanceof Readable)) return result;
      if (isLong && response.statusCode < 300) {
        deadline.lift();
        body.once('close', () => {
          deadline[Symbol.dispose]();
        });
        deadline.signal.addEventListener('abort', () => body.destroy(), { once: true });
        return result;
      }
      response.body = bounded(body, host, deadline);
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'boundAnswer' },
  );
}

/** A body that is not a stream is sent at once. */
function startAfter(body: unknown, deadline: AnswerDeadline): void {
  if (!(body instanceof Readable)) deadline.start();
  else {
    body.once('end', () => {
      deadline.start();
    });
  }
}

function bounded(body: Readable, host: string, deadline: AnswerDeadline): Readable {
  let sizeBytes = 0;
  const counted = new Transform({
    transform(piece: Uint8Array, _encoding, done) {
      sizeBytes += piece.length;
      if (sizeBytes <= MAX_ANSWER_BYTES) {
        done(null, piece);
        return;
      }
      const message = `${host} sent an answer of more than ${MAX_ANSWER_BYTES} bytes.`;
      deadline.fail(new ChatferryError('REMOTE_ERROR', message, { retryable: true }));
    },
  });
  const end = (): void => {
    const error = deadline.failure ?? new Error('The request was ended.');
    body.destroy();
    counted.destroy(error);
  };
  deadline.signal.addEventListener('abort', end, { once: true });
  body.once('error', (error) => counted.destroy(error));
  return body.pipe(counted);
}
