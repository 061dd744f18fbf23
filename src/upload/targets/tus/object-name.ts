import { createHash } from 'node:crypto';

/**
 * All that Supabase Storage refuses in the name of an object, and `=`, which marks what is written otherwise, and `?`, which
 * ends a path (`isValidKey` in https://github.com/supabase/storage/blob/master/src/storage/limits.ts).
 */
const NOT_TAKEN = /[^\w/!.*'() &$@;:+,-]/gu;
/** Names of objects in S3, which is behind it, have 1,024 bytes at most. */
const MOST_CHARACTERS = 1000;
const KEPT_CHARACTERS = 900;

/**
 * A name of a file as Supabase Storage takes it: each byte of what it would refuse becomes `=` and two hex digits. Different
 * names stay different; one that becomes too long ends in a hash of the whole.
 *
 * @param name - As `remoteName` makes it.
 */
export function objectName(name: string): string {
  const whole = name.replace(NOT_TAKEN, (character) =>
    Buffer.from(character, 'utf8').toString('hex').toUpperCase().replace(/../g, '=$&'),
  );
  if (whole.length <= MOST_CHARACTERS) return whole;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 32);
  return `${whole.slice(0, KEPT_CHARACTERS).replace(/=.?$/, '')}=-${digest}`;
}
