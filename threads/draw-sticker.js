// The thread that draws an animated sticker: plain JavaScript in a place of its own, so that it runs as it is, whether the
// program runs from its sources or built. A thread, since the player draws in one go and can be ended in no other way.
// src/media/sticker/draw-frame.ts is the other side.
import { parentPort, workerData } from 'node:worker_threads';

import { DotLottie } from '@lottiefiles/dotlottie-web';

const { json, size, shares, player: program } = workerData;
let player;

// The player fetches its program, and this is all that it can fetch: there is no network for it.
globalThis.fetch = () =>
  Promise.resolve(new globalThis.Response(program, { headers: { 'content-type': 'application/wasm' } }));
// It complains there of what is told as an error as well.
for (const way of ['log', 'warn', 'error']) console[way] = () => undefined;
DotLottie.setWasmUrl('http://localhost/player.wasm');
try {
  parentPort.postMessage(await draw());
} catch (error) {
  const isBroken = error instanceof WebAssembly.RuntimeError || error.message.includes('RuntimeError');
  throw isBroken ? new Error('it takes more memory than is granted, or breaks the player') : error;
}

async function draw() {
  player = new DotLottie({ canvas: size, data: json, autoplay: false, useFrameInterpolation: false });
  await new Promise((resolve, reject) => {
    player.addEventListener('load', resolve);
    player.addEventListener('loadError', ({ error }) => {
      reject(error);
    });
  });
  return firstVisible();
}

/** Undefined where all frames are empty. */
function firstVisible() {
  for (const share of shares) {
    player.setFrame(Math.floor(player.totalFrames * share));
    const { buffer } = player;
    if (buffer === null) throw new Error('it cannot be drawn');
    if (buffer.some((value, at) => at % 4 === 3 && value > 0)) return Uint8Array.from(buffer); // The player's own goes with it.
  }
  return undefined;
}
