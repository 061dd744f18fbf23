import { createRequire } from 'node:module';

import { startOwnThread } from '../../children/own-thread.js';
import { readWhole } from '../../disk/read-file.js';
import { ChatferryError, errorMessage } from '../../errors/chatferry-error.js';
import { withLimitedMemory } from './limited-memory.js';

/** A normal sticker is drawn in a tenth of a second. With reading and encoding, a file takes 10 s at most. */
const MOST_MS = 8000;
/** JavaScript heap of the thread: the animation, which may have 8 MB, and the frame. */
const HEAP_MB = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 };
/** WebAssembly memory of the player. With the JavaScript heap, a normal sticker takes 27 MB. */
const PLAYER_BYTES = 96 * 1024 * 1024;

export interface FrameToDraw {
  /** Lottie's JSON. The player executes all of it, expressions included: see {@link boundedAnimation}. */
  readonly json: string;
  /** Pixels. */
  readonly size: { readonly width: number; readonly height: number };
  /** Positions from 0 to 1 in the animation. The first of these frames that is not empty is drawn. */
  readonly shares: readonly number[];
  /** Time limit. @defaultValue 8000 */
  readonly timeoutMs?: number;
}

/** What the thread is started with. */
export interface StickerOrder extends Omit<FrameToDraw, 'timeoutMs'> {
  /** The program of the player: WebAssembly. */
  readonly player: Uint8Array<ArrayBuffer>;
}

/**
 * Draws one frame of a Lottie animation in a thread, which is ended when it exceeds its time or memory limit.
 *
 * @returns RGBA, row by row; undefined when all these frames are empty.
 * @throws {ChatferryError} `CONTENT_MISMATCH` when it cannot be drawn, `TIMEOUT`.
 */
export async function drawFrame({ timeoutMs = MOST_MS, ...frame }: FrameToDraw): Promise<Uint8Array | undefined> {
  const player = withLimitedMemory(await readWhole(playerPath(), { mayBeLink: true }), PLAYER_BYTES);
  const order: StickerOrder = { ...frame, player };
  const thread = startOwnThread('./draw-sticker', import.meta.url, {
    workerData: order,
    env: {},
    resourceLimits: HEAP_MB,
    name: 'draw-sticker',
  });
  let clock: NodeJS.Timeout | undefined;
  try {
    return await new Promise<Uint8Array | undefined>((resolve, reject) => {
      const refuse = (why: string, cause?: unknown): void => {
        reject(new ChatferryError('CONTENT_MISMATCH', `The sticker cannot be drawn: ${why}.`, { cause }));
      };
      thread.once('message', resolve);
      thread.once('error', (cause) => {
        refuse(errorMessage(cause), cause);
      });
      thread.once('exit', () => {
        refuse('its player ended');
      });
      clock = setTimeout(() => {
        reject(
          new ChatferryError('TIMEOUT', `The sticker was not drawn after ${timeoutMs / 1000} s, and was given up.`),
        );
      }, timeoutMs);
    });
  } finally {
    clearTimeout(clock);
    await thread.terminate();
  }
}

function playerPath(): string {
  const require = createRequire(import.meta.url);
  return require.resolve('@lottiefiles/dotlottie-web').replace(/index\.\w+$/, 'dotlottie-player.wasm');
}
