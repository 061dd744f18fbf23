import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { gunzipSync } from 'node:zlib';

import { DotLottie } from '@lottiefiles/dotlottie-web';
import sharp from 'sharp';
import { z } from 'zod';

import { ChatferryError, errorMessage } from '../errors/chatferry-error.js';
import { type Derivative, THUMBNAIL_PIXELS } from './derivative.js';
import { writeWebp } from './image.js';
import type { MediaFacts } from './media-facts.js';

/** Telegram takes 64 KB; unpacked they have some megabytes at most (https://core.telegram.org/stickers). */
const MOST_BYTES = 1024 * 1024;
const MOST_UNPACKED_BYTES = 16 * 1024 * 1024;

/** Of a sticker's frames: where there may be something to see. */
const SHARES: readonly number[] = [1 / 3, 1 / 2, 2 / 3, 0.9, 0.1, 0];

const animationSchema = z.object({
  /** Frames a second. */
  fr: z.number().positive(),
  /** First and last frame. */
  ip: z.number(),
  op: z.number(),
  /** Pixels. */
  w: z.number().int().positive().max(4096),
  h: z.number().int().positive().max(4096),
  layers: z.array(z.unknown()),
});

/** A .tgs: an animation that is drawn, not filmed. */
export interface AnimatedSticker {
  readonly facts: MediaFacts;
  /** Lottie's JSON. */
  readonly json: string;
}

/** @throws {ChatferryError} `CONTENT_MISMATCH` for what is no animation, or one that is too large. */
export async function readAnimatedSticker(path: string): Promise<AnimatedSticker> {
  try {
    const packed = await readFile(path);
    if (packed.length > MOST_BYTES) throw new Error(`it has ${packed.length} bytes; ${MOST_BYTES} are read`);
    const json = gunzipSync(packed, { maxOutputLength: MOST_UNPACKED_BYTES }).toString('utf8');
    const { fr, ip, op, w, h } = animationSchema.parse(JSON.parse(json));
    return { json, facts: { width: w, height: h, durationSeconds: (op - ip) / fr, isAnimated: true, hasAlpha: true } };
  } catch (cause) {
    throw new ChatferryError('CONTENT_MISMATCH', `The sticker cannot be read: ${errorMessage(cause)}.`, { cause });
  }
}

/**
 * Draws the frame a third into a sticker: at its start many are empty. Another one where that is.
 *
 * @throws {ChatferryError} `CONTENT_MISMATCH` when it cannot be drawn, or all of these frames are empty.
 */
export async function drawSticker({ json, facts }: AnimatedSticker, output: string): Promise<Derivative> {
  const { width = THUMBNAIL_PIXELS, height = THUMBNAIL_PIXELS } = facts;
  const scale = Math.min(1, THUMBNAIL_PIXELS / Math.max(width, height));
  const size = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
  const pixels = await draw(json, size);
  return writeWebp(sharp(pixels, { raw: { ...size, channels: 4 } }), output, 'thumbnail');
}

async function draw(json: string, size: { readonly width: number; readonly height: number }): Promise<Uint8Array> {
  DotLottie.setWasmUrl(`data:application/wasm;base64,${(await readFile(wasmPath())).toString('base64')}`);
  const player = new DotLottie({ canvas: size, data: json, autoplay: false, useFrameInterpolation: false });
  try {
    await new Promise<void>((resolve, reject) => {
      player.addEventListener('load', () => {
        resolve();
      });
      player.addEventListener('loadError', ({ error }) => {
        reject(new ChatferryError('CONTENT_MISMATCH', `The sticker cannot be drawn: ${error.message}.`));
      });
    });
    for (const share of SHARES) {
      player.setFrame(Math.floor(player.totalFrames * share));
      const { buffer } = player;
      if (buffer === null) throw new ChatferryError('CONTENT_MISMATCH', 'The sticker cannot be drawn.');
      if (buffer.some((value, at) => at % 4 === 3 && value > 0)) return Uint8Array.from(buffer); // The player's own goes with it.
    }
    throw new ChatferryError('CONTENT_MISMATCH', 'The sticker is empty: nothing would be visible.');
  } finally {
    player.destroy();
  }
}

/** The player would fetch it from the network. */
function wasmPath(): string {
  const require = createRequire(import.meta.url);
  return require.resolve('@lottiefiles/dotlottie-web').replace(/index\.\w+$/, 'dotlottie-player.wasm');
}
