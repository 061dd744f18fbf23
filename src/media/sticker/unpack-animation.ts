import { gunzipSync } from 'node:zlib';

/** Telegram accepts 64 KB compressed, a few megabytes uncompressed (https://core.telegram.org/stickers). */
export const MOST_STICKER_BYTES: number = 1024 * 1024;
export const MOST_UNPACKED_BYTES: number = 8 * 1024 * 1024;
/** Limit for arrays, objects and their items: parsed, each takes about ten times its text. Complex stickers have a tenth. */
const MOST_VALUES = 500_000;

const BEFORE_VALUES: ReadonlySet<number> = new Set(Buffer.from('[{,'));

/**
 * The JSON of an animated sticker. Its items are counted before it is parsed.
 *
 * @throws {Error} naming the fault or the exceeded limit.
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
