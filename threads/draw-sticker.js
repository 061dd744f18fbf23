// The thread that draws an animated sticker: plain JavaScript in a place of its own, so that it runs as it is, whether the
// program runs from its sources or built. A thread, since the player draws in one go and can be ended in no other way.
// src/media/sticker/draw-frame.ts is the other side.
import { readFile } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';

import { DotLottie } from '@lottiefiles/dotlottie-web';

const { json, size, shares, wasmPath } = workerData;

// Given as data: the player would fetch it from the network.
DotLottie.setWasmUrl(`data:application/wasm;base64,${(await readFile(wasmPath)).toString('base64')}`);
const player = new DotLottie({ canvas: size, data: json, autoplay: false, useFrameInterpolation: false });
await new Promise((resolve, reject) => {
  player.addEventListener('load', resolve);
  player.addEventListener('loadError', ({ error }) => {
    reject(error);
  });
});
parentPort.postMessage(firstVisible());

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
