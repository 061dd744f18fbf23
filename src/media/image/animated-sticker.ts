import sharp from 'sharp';
import { z } from 'zod';

import { readWhole } from '../../disk/read-file.js';
import { ChatferryError, errorMessage } from '../../errors/chatferry-error.js';
import { THUMBNAIL_PIXELS } from '../picture-sizes.js';
import type { Derivative } from '../../chat/description/derivative.js';
import { writeWebp } from './image.js';
import type { MediaFacts } from '../../chat/description/media-facts.js';
import { boundedAnimation } from '../sticker/bounded-animation.js';
import { drawFrame } from '../sticker/draw-frame.js';
import { unpackAnimation } from '../sticker/unpack-animation.js';

/**
 * Memory for reading and drawing one at most, without the worker itself: the animation and its copy, the thread, and the
 * player, which is limited to 96 MB. Measured: 25 MB for a normal sticker.
 */
export const STICKER_BYTES = 200e6;

/** Positions in the animation of frames that are likely to show something. */
const SHARES: readonly number[] = [1 / 3, 1 / 2, 2 / 3, 0.9, 0.1, 0];

const animationSchema = z
  .object({
    /** Frames per second; Telegram's stickers have 30 or 60. */
    fr: z.number().min(0.1).max(1000),
    /** First and last frame. */
    ip: z.number().min(-1e6).max(1e6),
    op: z.number().min(-1e6).max(1e6),
    /** Pixels. */
    w: z.number().int().positive().max(4096),
    h: z.number().int().positive().max(4096),
    layers: z.array(z.unknown()),
  })
  .refine(({ ip, op }) => op > ip, 'its end is not behind its beginning');

/** A .tgs: a vector animation. */
export interface AnimatedSticker {
  readonly facts: MediaFacts;
  /** Lottie's JSON, parsed. Untrusted. */
  readonly animation: unknown;
}

/** @throws {ChatferryError} `CONTENT_MISMATCH` if it is no animation, or too large. */
export async function readAnimatedSticker(path: string): Promise<AnimatedSticker> {
  try {
    const packed = await readWhole(path, { mayBeLink: true });
    const animation: unknown = JSON.parse(unpackAnimation(packed));
    const { fr, ip, op, w, h } = animationSchema.parse(animation);
    const facts = { width: w, height: h, durationSeconds: (op - ip) / fr, isAnimated: true, hasAlpha: true };
    return { animation, facts };
  } catch (cause) {
    throw new ChatferryError('CONTENT_MISMATCH', `The sticker cannot be read: ${errorMessage(cause)}.`, { cause });
  }
}

/**
 * Draws the frame at one third of a sticker, since many are empty at the start. If that frame is empty, it draws another one.
 * Expressions in the animation do not run: see {@link boundedAnimation}.
 *
 * @throws {ChatferryError} `CONTENT_MISMATCH` when it cannot be drawn, exceeds a limit, or all of these frames are
 *   empty; `TIMEOUT`.
 */
export async function drawSticker({ animation, facts }: AnimatedSticker, output: string): Promise<Derivative> {
  const { width = THUMBNAIL_PIXELS, height = THUMBNAIL_PIXELS } = facts;
  const scale = Math.min(1, THUMBNAIL_PIXELS / Math.max(width, height));
  const size = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
  const pixels = await drawFrame({ json: boundedJson(animation), size, shares: SHARES });
  if (pixels === undefined) {
    throw new ChatferryError('CONTENT_MISMATCH', 'The sticker is empty: nothing would be visible.');
  }
  return writeWebp(sharp(pixels, { raw: { ...size, channels: 4 } }), output, 'thumbnail');
}

function boundedJson(animation: unknown): string {
  try {
    return boundedAnimation(animation);
  } catch (cause) {
    throw new ChatferryError('CONTENT_MISMATCH', `The sticker is not drawn: ${errorMessage(cause)}.`, { cause });
  }
}
