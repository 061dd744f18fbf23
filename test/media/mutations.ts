import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

import sharp from 'sharp';

import { heicFile } from './heif/heic-file.js';
import { FILM_SOURCE, SOUND_SOURCE, type Stage } from './stage.js';

/** A whole file of each of ten kinds: name and bytes. */
export async function wholeFiles(stage: Stage): Promise<readonly (readonly [string, Buffer])[]> {
  const photo = sharp({
    create: {
      width: 200,
      height: 150,
      channels: 3,
      background: 'teal',
      noise: { type: 'gaussian', mean: 128, sigma: 40 },
    },
  });
  const film = ['-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac'];
  const webm = ['-c:v', 'libvpx', '-deadline', 'realtime', '-c:a', 'libopus'];
  const lottie = { tgs: 1, v: '5.5.2', fr: 60, ip: 0, op: 60, w: 512, h: 512, ddd: 0, assets: [], layers: [] };
  return [
    [
      'a.jpg',
      await photo
        .clone()
        .withExif({ IFD0: { Make: 'Maker' } })
        .jpeg()
        .toBuffer(),
    ],
    ['a.png', await photo.clone().png().toBuffer()],
    ['a.webp', await photo.clone().webp().toBuffer()],
    ['a.gif', await photo.clone().gif().toBuffer()],
    ['a.avif', await photo.clone().avif({ effort: 1 }).toBuffer()],
    ['a.mp4', await readFile(await stage.make('a.mp4', ...FILM_SOURCE, ...SOUND_SOURCE, ...film))],
    ['a.webm', await readFile(await stage.make('a.webm', ...FILM_SOURCE, ...SOUND_SOURCE, ...webm))],
    ['a.ogg', await readFile(await stage.make('a.ogg', ...SOUND_SOURCE, '-c:a', 'libopus'))],
    ['a.heic', await heicFile(stage, await photo.clone().png().toBuffer(), { columns: 4, rows: 3, tile: 64 })],
    ['a.tgs', gzipSync(JSON.stringify(lottie))],
  ];
}

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A damaged copy: cut off, bits flipped, pieces overwritten, doubled, taken out or exchanged; most of it near the head. */
export function mutate(whole: Buffer, random: () => number): Buffer {
  let bytes: Buffer = Buffer.from(whole);
  const times = 1 + Math.floor(random() * 4);
  for (let time = 0; time < times; time += 1) bytes = mutateOnce(bytes, random);
  return bytes;
}

const LOUD_BYTES = [0x00, 0x7f, 0x80, 0xff];

function mutateOnce(bytes: Buffer, random: () => number): Buffer {
  const below = (count: number): number => Math.floor(random() * count);
  // Heads say how large things are, and are where decoders are led astray.
  const place = (): number => (random() < 0.6 ? below(Math.min(bytes.length, 256)) : below(bytes.length));
  const [start, length] = [place(), 1 + below(random() < 0.8 ? 8 : 4096)];
  const before = bytes.subarray(0, start);
  const piece = bytes.subarray(start, start + length);
  const after = bytes.subarray(start + length);
  switch (below(6)) {
    case 0:
      return before;
    case 1:
      return Buffer.concat([before, after]);
    case 2:
      return Buffer.concat([before, piece, piece, after]);
    case 3:
      return Buffer.concat([before, Buffer.alloc(piece.length, LOUD_BYTES[below(4)]), after]);
    case 4:
      return Buffer.concat([before, Buffer.from(piece.map(() => below(256))), after]);
    default:
      return Buffer.concat([before, piece.map((byte) => byte ^ (1 << below(8))), after]);
  }
}
