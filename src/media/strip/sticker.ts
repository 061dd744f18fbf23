import { gzipSync } from 'node:zlib';

import { ChatferryError } from '../../errors/chatferry-error.js';
import type { ByteSource } from '../bytes/byte-source.js';
import { MOST_STICKER_BYTES, unpackAnimation } from '../sticker/unpack-animation.js';

/** Names of layers and shapes, match names, classes, program and author (https://lottie.github.io/lottie-spec). */
const TOLD: ReadonlySet<string> = new Set(['nm', 'mn', 'cl', 'ln', 'meta', 'metadata', 'markers', 'slots']);

/**
 * An animated sticker without names and information about its author.
 *
 * @throws {ChatferryError} `CONTENT_MISMATCH` if it is no animation, or contains pictures.
 */
export function bareSticker(source: ByteSource): readonly Buffer[] {
  if (source.sizeBytes > MOST_STICKER_BYTES) throw unable(`it has ${source.sizeBytes} bytes`);
  let animation: unknown;
  try {
    animation = JSON.parse(unpackAnimation(source.read(0, source.sizeBytes)), (key, value: unknown) =>
      // A string under x is an expression, which may contain comments.
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
