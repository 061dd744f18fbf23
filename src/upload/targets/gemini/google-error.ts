import { z } from 'zod';

import { ChatferryError } from '../../../errors/chatferry-error.js';
import { answerError, checkKey, type HttpAnswer } from '../../http/http-client.js';
import { jsonOf } from '../../http/json-answer.js';

/** https://google.aip.dev/193 */
const errorBody = z.object({
  error: z.object({
    message: z.string().optional(),
    details: z.array(z.object({ retryDelay: z.string().optional() })).optional(),
  }),
});

/**
 * The answer to an invalid key, with status 400: `API_KEY_INVALID` in
 * https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto, and its message.
 */
const BAD_KEY = /API[ _]key not valid|API_KEY_INVALID/i;

/**
 * As `answerError`, with the data of Google's error model: its message, and its `RetryInfo` if there is no
 * `Retry-After`.
 */
export function googleError(answer: HttpAnswer, host: string, doing: string): ChatferryError {
  const { data } = errorBody.safeParse(jsonOf(answer.text));
  const said = answerError(
    { ...answer, text: (data?.error.message ?? answer.text).replace(/\.\s*$/, '') },
    { host, doing },
    checkKey('GEMINI_API_KEY'),
  );
  if (answer.status === 400 && BAD_KEY.test(answer.text)) {
    return new ChatferryError('STORE_REFUSED', `${said.message} ${checkKey('GEMINI_API_KEY')}`);
  }
  const seconds = data?.error.details?.flatMap(
    ({ retryDelay = '' }) => /^(\d{1,6})(?:\.\d+)?s$/.exec(retryDelay)?.[1] ?? [],
  );
  const retryAfterMs = Number(seconds?.[0]) * 1000;
  if (!said.retryable || said.retryAfterMs !== undefined || !Number.isFinite(retryAfterMs)) return said;
  return new ChatferryError(said.code, said.message, { retryAfterMs });
}
