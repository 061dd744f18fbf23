import type { z } from 'zod';

import { ChatferryError } from '../../errors/chatferry-error.js';
import type { HttpAnswer } from './http-client.js';

/**
 * Reads a JSON answer of a store.
 *
 * @throws {ChatferryError} `REMOTE_ERROR`, retryable, if it is not JSON or has another shape: a proxy may have
 *   answered.
 */
export function readJson<T>({ text }: HttpAnswer, schema: z.ZodType<T>, host: string): T {
  const parsed = schema.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  const message = `${host} sent an answer that this program cannot read.`;
  throw new ChatferryError('REMOTE_ERROR', message, { cause: parsed.error, retryable: true });
}

/** Undefined if it is not JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // The schema says what is missing.
  }
}
