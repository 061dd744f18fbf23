import { gunzipSync } from 'node:zlib';

/** Telegram takes 64 KB; unpacked they have some megabytes at most (https://core.telegram.org/stickers). */
export const MOST_STICKER_BYTES: number = 1024 * 1024;
export const MOST_UNPACKED_BYTES: number = 8 * 1024 * 1024;
/** Lists, objects and what is in them: each takes some ten times its text when it is parsed. Rich stickers have a tenth. */
const MOST_VALUES = 500_000;

const BEFORE_VALUES: ReadonlySet<number> = new Set(Buffer.from('[{,'));

/**
 * The JSON of an animated sticker, counted before it is parsed.
 *
 * @throws {Error} with what is wrong with it, or too much.
 */
export function unpackAnimation(packed: Uint8Array): string {
  if (packed.length > MOST_STICKER_BYTES) {
    throw new Error(`it has ${packed.length} bytes; ${MOST_STICKER_BYTES} are read`);
  }
  const json = gunzipSync(packed, { maxOutputLength: MOST_UNPACKED_BYTES });
  let values = 0;
  for (const byte of json) values += BEFORE_VALUES.has(byte) ? 1 : 0;
  if (values > MOST_VALUES) throw new Error(`it has ${values} values; ${MOST_VALUES} are read`);
  return json.toString('utf8');
}
