import { z } from 'zod';

import { ChatferryError } from '../../../errors/chatferry-error.js';
import { answerError, type AskedOf, checkKey, type HttpAnswer } from '../../http/http-client.js';
import { jsonOf } from '../../http/json-answer.js';

/** https://platform.openai.com/docs/guides/error-codes; Kimi's errors have the same shape. */
const errorBody = z.object({
  error: z.object({
    message: z.string().optional(),
    type: z.string().nullish(),
    code: z.union([z.string(), z.number()]).nullish(),
  }),
});

/** Codes of a 429 that waiting does not solve: the account has no credit left. */
const SPENT: readonly unknown[] = ['insufficient_quota', 'exceeded_current_quota_error', 'billing_hard_limit_reached'];

/**
 * As `answerError`, with the message of OpenAI's error model. The message about a refused key is not repeated, because
 * OpenAI includes parts of the key.
 */
export function apiError(answer: HttpAnswer, asked: AskedOf, keySetting: string): ChatferryError {
  const error = errorBody.safeParse(jsonOf(answer.text)).data?.error;
  const text = answer.status === 401 ? '' : (error?.message ?? answer.text).replace(/\.\s*$/, '');
  const said = answerError({ ...answer, text }, asked, checkKey(keySetting));
  if (!SPENT.includes(error?.type) && !SPENT.includes(error?.code)) return said;
  return new ChatferryError('STORE_REFUSED', `${said.message} Look at the account's balance.`);
}
