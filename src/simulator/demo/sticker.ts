import { gzipSync } from 'node:zlib';

import sharp from 'sharp';

/** The motifs of stickers. */
export type StickerFace = 'gull' | 'fish' | 'anchor';

const FACES: Readonly<Record<StickerFace, string>> = {
  gull: '<path d="M56 300q100-190 200-60q100-130 200 60q-110-70-200 20q-90-90-200-20z" fill="#f8f9fa" stroke="#343a40" stroke-width="12"/><circle cx="256" cy="300" r="84" fill="#f8f9fa" stroke="#343a40" stroke-width="12"/><path d="M256 310l-34 46h68z" fill="#f59f00"/><circle cx="226" cy="284" r="11"/><circle cx="286" cy="284" r="11"/>',
  fish: '<path d="M80 256q140-150 280 0q-140 150-280 0z" fill="#4dabf7" stroke="#1864ab" stroke-width="12"/><path d="M350 256l100-80v160z" fill="#4dabf7" stroke="#1864ab" stroke-width="12"/><circle cx="160" cy="240" r="16" fill="#fff"/><circle cx="160" cy="240" r="8"/>',
  anchor:
    '<g fill="none" stroke="#1d3557" stroke-width="30" stroke-linecap="round"><circle cx="256" cy="110" r="44"/><path d="M256 154v280M170 220h172M90 330q20 110 166 110q146 0 166-110"/></g>',
};

function svgOf(face: StickerFace): Buffer {
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="512" height="512" viewBox="0 0 512 512">${FACES[face]}</svg>`,
  );
}

/** A sticker as a transparent PNG of 512 pixels. */
export async function stickerPng(face: StickerFace): Promise<Uint8Array> {
  return sharp(svgOf(face)).png().toBuffer();
}

/** A static sticker: WebP, transparent, 512 pixels. */
export async function stickerWebp(face: StickerFace): Promise<Uint8Array> {
  return sharp(svgOf(face)).webp({ quality: 80 }).toBuffer();
}

/** The thumbnail that Telegram stores with an animated sticker: WebP, 128 pixels. */
export async function stickerThumb(face: StickerFace): Promise<Uint8Array> {
  return sharp(svgOf(face)).resize(128, 128).webp({ quality: 70 }).toBuffer();
}

/**
 * An animated sticker: a Lottie animation of a ball on waves, gzipped
 * (https://core.telegram.org/stickers#animation-requirements).
 */
export function stickerTgs(): Uint8Array {
  const still = (value: number | readonly number[]): object => ({ a: 0, k: value });
  const keyframes = [0, 45, 90, 135, 180].map((time, index) => ({
    t: time,
    s: [256, index % 2 === 0 ? 180 : 330, 0],
    i: { x: 0.6, y: 1 },
    o: { x: 0.4, y: 0 },
  }));
  const ball = {
    ty: 'gr',
    it: [
      { ty: 'el', p: still([0, 0]), s: still([140, 140]) },
      { ty: 'fl', c: still([0.91, 0.44, 0.32, 1]), o: still(100) },
      { ty: 'tr', p: still([0, 0]), a: still([0, 0]), s: still([100, 100]), r: still(0), o: still(100) },
    ],
  };
  const animation = {
    tgs: 1,
    v: '5.5.2',
    fr: 60,
    ip: 0,
    op: 180,
    w: 512,
    h: 512,
    nm: 'Buoy',
    ddd: 0,
    assets: [],
    layers: [
      {
        ddd: 0,
        ind: 1,
        ty: 4,
        nm: 'buoy',
        sr: 1,
        ks: { o: still(100), r: still(0), p: { a: 1, k: keyframes }, a: still([0, 0, 0]), s: still([100, 100, 100]) },
        ao: 0,
        shapes: [ball],
        ip: 0,
        op: 180,
        st: 0,
        bm: 0,
      },
    ],
  };
  return gzipSync(JSON.stringify(animation), { level: 9 });
}

/** A GIF file of a rocking boat: 12 frames of 200 pixels. */
export async function boatGif(): Promise<Uint8Array> {
  const frames = await Promise.all(
    Array.from({ length: 12 }, (_, index) => {
      const tilt = Math.round(12 * Math.sin((index / 12) * 2 * Math.PI));
      const boat = `<g transform="translate(100 120) rotate(${tilt})"><path d="M-50 0h100l-16 24h-68z" fill="#b23a48"/><path d="M3 -80q40 40 36 74h-36z" fill="#fffdf7"/></g>`;
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200"><rect width="200" height="200" fill="#8ecae6"/>${boat}<rect y="135" width="200" height="65" fill="#1d6a96"/></svg>`;
      return sharp(Buffer.from(svg)).png().toBuffer();
    }),
  );
  return sharp(frames, { join: { animated: true } })
    .gif({ loop: 0, delay: frames.map(() => 90) })
    .toBuffer();
}
