import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

import { readWhole } from '../../disk/read-file.js';
import { ChatferryError, errorMessage } from '../../errors/chatferry-error.js';
import { withLimitedMemory } from './limited-memory.js';

// The relative place is the same from the sources and from what is built of them.
const PROGRAM = fileURLToPath(new URL('../../../threads/draw-sticker.js', import.meta.url));

/** A sticker of Telegram is drawn in a tenth of a second; with what comes before and after it, a file takes 10 s at most. */
const MOST_MS = 8000;
/** Of the thread's JavaScript: the animation, which may have 8 MB, and the frame. */
const HEAP_MB = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 };
/** Of the player, which draws in memory of its own: with what JavaScript needs, a harmless sticker takes 27 MB. */
const PLAYER_BYTES = 96 * 1024 * 1024;

export interface FrameToDraw {
  /** Lottie's JSON. Everything in it is done, expressions too: see {@link boundedAnimation}. */
  readonly json: string;
  /** Pixels. */
  readonly size: { readonly width: number; readonly height: number };
  /** Where to look for a frame that is not empty, each from 0 to 1 of the animation; the first such one is drawn. */
  readonly shares: readonly number[];
  /** After this long it is given up. @defaultValue 8000 */
  readonly timeoutMs?: number;
}

/**
 * Draws one frame of a Lottie animation in a thread, which is ended when it takes too long or too much memory.
 *
 * @returns RGBA, row by row; undefined where all frames are empty.
 * @throws {ChatferryError} `CONTENT_MISMATCH` when it cannot be drawn, `TIMEOUT`.
 */
export async function drawFrame({ timeoutMs = MOST_MS, ...frame }: FrameToDraw): Promise<Uint8Array | undefined> {
  const thread = new Worker(PROGRAM, {
    workerData: {
      ...frame,
      player: withLimitedMemory(await readWhole(playerPath(), { mayBeLink: true }), PLAYER_BYTES),
    },
    execArgv: [],
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
