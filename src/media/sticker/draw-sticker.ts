/**
 * The program of the thread that draws an animated sticker. A thread, because the player draws without a pause and can be
 * ended in no other way. `draw-frame.ts` starts it.
 */
import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { parentPort, workerData } from 'node:worker_threads';

import { DotLottie } from '@lottiefiles/dotlottie-web';

import type { StickerOrder } from './draw-frame.js';

const { json, size, shares, player: program } = workerData as StickerOrder;

// The player fetches its program, and can fetch nothing else: there is no network for it.
globalThis.fetch = () => Promise.resolve(new Response(program, { headers: { 'content-type': 'application/wasm' } }));
// The player prints what it reports as an error as well.
globalThis.console = new Console(new Writable({ write: (_chunk, _encoding, done) => done() }));
DotLottie.setWasmUrl('http://localhost/player.wasm');
try {
  parentPort?.postMessage(await draw());
} catch (error) {
  const isBroken = String(error).includes('RuntimeError'); // Of WebAssembly, or in a message of the player.
  throw isBroken ? new Error('it takes more memory than is granted, or breaks the player') : error;
}

async function draw(): Promise<Uint8Array | undefined> {
  const player = new DotLottie({ canvas: size, data: json, autoplay: false, useFrameInterpolation: false });
  await new Promise<void>((resolve, reject) => {
    player.addEventListener('load', () => {
      resolve();
    });
    player.addEventListener('loadError', ({ error }) => {
      reject(error);
    });
  });
  return firstVisible(player);
}

/** Undefined when all frames are empty. */
function firstVisible(player: DotLottie): Uint8Array | undefined {
  for (const share of shares) {
    player.setFrame(Math.floor(player.totalFrames * share));
    const { buffer } = player;
    if (buffer === null) throw new Error('it cannot be drawn');
    // A copy: a message would take all memory of the player along.
    if (buffer.some((value, at) => at % 4 === 3 && value > 0)) return Uint8Array.from(buffer);
  }
  return undefined;
}
