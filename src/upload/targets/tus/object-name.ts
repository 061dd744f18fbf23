import { createHash } from 'node:crypto';

/**
 * Characters that Supabase Storage refuses in the name of an object, and `=`, the escape character here, and `?`, which
 * ends a path (`isValidKey` in https://github.com/supabase/storage/blob/master/src/storage/limits.ts).
 */
const NOT_TAKEN = /[^\w/!.*'() &$@;:+,-]/gu;
/** Object names in S3, its backend, have at most 1,024 bytes. */
const MAX_CHARACTERS = 1000;
const KEPT_CHARACTERS = 900;

/**
 * Escapes the name of a file for Supabase Storage: each byte of a refused character becomes `=` and two hex digits.
 * Different names stay different; a name that becomes too long ends in a hash of the full name.
 *
 * @param name - A result of `remoteName`.
 */
export function objectName(name: string): string {
  const whole = name.replace(NOT_TAKEN, (character) =>
    Buffer.from(character, 'utf8').toString('hex').toUpperCase().replace(/../g, '=$&'),
  );
  if (whole.length <= MAX_CHARACTERS) return whole;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 32);
  return `${whole.slice(0, KEPT_CHARACTERS).replace(/=.?$/, '')}=-${digest}`;
}
