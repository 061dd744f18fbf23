import { gzipSync } from 'node:zlib';

import { ChatferryError } from '../../errors/chatferry-error.js';
import type { ByteSource } from '../bytes/byte-source.js';
import { MOST_STICKER_BYTES, unpackAnimation } from '../sticker/unpack-animation.js';

/** Names of layers and shapes, match names and classes, what program and person made it (https://lottie.github.io/lottie-spec). */
const TOLD: ReadonlySet<string> = new Set(['nm', 'mn', 'cl', 'ln', 'meta', 'metadata', 'markers', 'slots']);

/**
 * An animated sticker with what is drawn, and nothing of who drew it.
 *
 * @throws {ChatferryError} `CONTENT_MISMATCH` for what is no animation, or has pictures in it.
 */
export function bareSticker(source: ByteSource): readonly Buffer[] {
  if (source.sizeBytes > MOST_STICKER_BYTES) throw unable(`it has ${source.sizeBytes} bytes`);
  let animation: unknown;
  try {
    animation = JSON.parse(unpackAnimation(source.read(0, source.sizeBytes)), (key, value: unknown) =>
      // A text under x is an expression, with its author's comments.
      TOLD.has(key) || (key === 'x' && typeof value === 'string') ? undefined : value,
    );
  } catch (cause) {
    throw unable(String(cause));
  }
  const { assets = [] } = animation as { readonly assets?: readonly { readonly p?: unknown }[] };
  if (assets.some(({ p }) => p !== undefined)) throw unable('it has pictures in it');
  return [gzipSync(JSON.stringify(animation), { level: 9 })];
}

function unable(why: string): ChatferryError {
  return new ChatferryError('CONTENT_MISMATCH', `The sticker cannot be stripped: ${why}.`);
}
