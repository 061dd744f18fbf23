import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { probeMedia } from '../../src/media/ffmpeg/ffprobe.js';
import { runFfmpeg } from '../../src/media/ffmpeg/ffmpeg.js';
import { MediaWorkers } from '../../src/media/workers/media-workers.js';
import { UNTRUSTED_INPUT } from '../../src/media/ffmpeg/untrusted-input.js';
import { FILM_SOURCE, SOUND_SOURCE, Stage } from './stage.js';

let stage: Stage;
let server: Server;
/** What was asked of the server that the files name: nothing, ever. */
const asked: string[] = [];
let address: string;
let neighbour: string;

beforeAll(async () => {
  stage = await Stage.open();
  neighbour = await stage.make('neighbour.mp4', ...FILM_SOURCE, '-pix_fmt', 'yuv420p');
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end('no');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await stage[Symbol.asyncDispose]();
});

beforeEach(() => {
  asked.length = 0;
});

const PLAYLISTS: readonly (readonly [string, (target: string) => string])[] = [
  ['list.ffconcat', (target) => `ffconcat version 1.0\nfile '${target}'\n`],
  ['list.m3u8', (target) => `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n${target}\n#EXT-X-ENDLIST\n`],
  [
    'key.m3u8',
    (target) => `#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="${target}"\n#EXTINF:2,\n${target}\n#EXT-X-ENDLIST\n`,
  ],
  ['list.m3u', (target) => `#EXTM3U\n#EXTINF:2,\n${target}\n`],
  ['list.pls', (target) => `[playlist]\nFile1=${target}\nNumberOfEntries=1\n`],
  ['list.mpd', (target) => mpd(target)],
  ['list.sdp', () => 'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n'],
  ['list.asx', (target) => `<asx version="3.0"><entry><ref href="${target}"/></entry></asx>`],
  ['list.imf', (target) => `<?xml version="1.0"?><AssetMap><Path>${target}</Path></AssetMap>`],
  [
    'list.xspf',
    (target) => `<playlist xmlns="http://xspf.org/ns/0/"><track><location>${target}</location></track></playlist>`,
  ],
];

function mpd(target: string): string {
  return `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT2S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>${target}</BaseURL></Representation></AdaptationSet></Period></MPD>`;
}

/** Names of kinds that a stranger may give a playlist, so that it is taken for a film. */
const GUISES = ['', '.mp4', '.mp3', '.jpg', '.webm'];

describe('a file that names another', () => {
  it.each(PLAYLISTS)('has nothing read and nothing fetched for it: %s', async (name, write) => {
    const targets = [
      neighbour,
      'neighbour.mp4',
      `file:${neighbour}`,
      `${address}/${name}`,
      `concat:${neighbour}|${neighbour}`,
    ];
    for (const target of targets) {
      for (const guise of GUISES) {
        const path = await stage.put(`${name}${guise}`, write(target));
        const options = { storyboard: true, transcode: 'balanced', stripMetadata: true } as const;
        const { derivatives, facts } = await stage.describe(path, { name: 'thief', ...options });
        expect({ derivatives, facts }).toEqual({ derivatives: [], facts: {} });
      }
      // Also when it is taken for a film: what stands before every input is enough.
      const path = stage.path(name);
      await expect(probeMedia(stage.ffmpeg, path)).rejects.toMatchObject({ code: 'CONTENT_MISMATCH' });
      const inputs = [{ path, arguments: UNTRUSTED_INPUT }];
      const stolen = runFfmpeg(stage.ffmpeg, { inputs, arguments: [], output: `${stage.out}/stolen.mp4` });
      await expect(stolen).rejects.toMatchObject({ code: 'CONTENT_MISMATCH' });
    }
    expect(asked).toEqual([]);
    expect((await readdir(stage.out)).filter((file) => /thief|stolen/.test(file))).toEqual([]);
  });

  it('would have been read without the defence: the files are good ones', async () => {
    const path = await stage.put('good.ffconcat', `ffconcat version 1.0\nfile '${neighbour}'\n`);
    const inputs = [{ path, arguments: ['-safe', '0'] }];
    await runFfmpeg(stage.ffmpeg, { inputs, arguments: ['-c', 'copy'], output: stage.path('read.mp4') });
    expect((await probeMedia(stage.ffmpeg, stage.path('read.mp4'))).streams).toHaveLength(1);
  });

  it('has nothing fetched for it when it is a film whose data is elsewhere', async () => {
    // QuickTime's references to other files: `dref` with a `url ` or an alias, in place of "it is in this file".
    const bytes = await readFile(neighbour);
    const at = bytes.indexOf('url \u0000\u0000\u0000\u0001', 0, 'latin1');
    expect(at).toBeGreaterThan(0);
    bytes[at + 7] = 0; // No longer "in this file".
    const described = await stage.describe(await stage.put('reference.mov', bytes));
    expect(asked).toEqual([]);
    expect(described.content.kind).toBe('video');
  });

  it('has nothing fetched for it when it is a sticker', async () => {
    const assets = ['image.png', `${address}/image.png`, neighbour].map((target, index) => ({
      ...{ id: `image_${index}`, w: 100, h: 100, p: target, e: 0 },
      u: index === 1 ? '' : `${address}/`,
    }));
    const layers = assets.map(({ id }, index) => ({
      ...{ ddd: 0, ind: index + 1, ty: 2, refId: id, sr: 1, ip: 0, op: 60, st: 0, bm: 0 },
      ks: {
        o: { a: 0, k: 100 },
        p: { a: 0, k: [50, 50, 0] },
        a: { a: 0, k: [0, 0, 0] },
        s: { a: 0, k: [100, 100, 100] },
      },
    }));
    const fonts = { list: [{ fName: 'F', fFamily: 'F', fStyle: 'R', fPath: `${address}/font.ttf`, origin: 3 }] };
    const content = { tgs: 1, v: '5.5.2', fr: 60, ip: 0, op: 60, w: 512, h: 512, assets, layers, fonts };
    await stage.describe(await stage.put('thief.tgs', gzipSync(JSON.stringify(content))));
    expect(asked).toEqual([]);
  });

  it('has nothing fetched for it when it is a drawing', async () => {
    const pieces = [
      `<?xml-stylesheet href="${address}/style.css"?><!DOCTYPE svg SYSTEM "${address}/svg.dtd">`,
      `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="40" height="40">`,
      `<style>@import url(${address}/a.css); @font-face { font-family: f; src: url(${address}/f.ttf) }</style>`,
      `<image href="${address}/i.png" width="40" height="40"/><use xlink:href="${address}/u.svg#a"/>`,
      `<rect width="40" height="40" fill="url(${address}/p.svg#a)" filter="url(${address}/p.svg#f)"/>`,
      `<text font-family="f">a</text><script href="${address}/s.js"/></svg>`,
    ];
    await stage.describe(await stage.put('thief.svg', pieces.join('')), { stripMetadata: true, transcode: 'small' });
    expect(asked).toEqual([]);
  });
});

describe('a name of a film', () => {
  it.each([
    '-i.mp4',
    'file:x.mp4',
    '%d.mp4',
    'concat:a|b.mp4',
    'a\'b" $(id) `id`.mp4',
    '-f lavfi.mp4',
    'http:__x.mp4',
    'a\nb.mp4',
  ])('is only a name: %s', async (name) => {
    if (process.platform === 'win32' && /[:|"\n]/.test(name)) return;
    const path = await stage.make(name, ...FILM_SOURCE, ...SOUND_SOURCE, '-pix_fmt', 'yuv420p', '-f', 'mp4');
    const described = await stage.describe(path, {
      name: 'named',
      storyboard: true,
      stripMetadata: true,
      transcode: 'balanced',
    });
    expect(described.problems).toEqual([]);
    expect(described.facts).toMatchObject({ width: 320, height: 180 });
    expect(described.derivatives.length).toBeGreaterThanOrEqual(4);
  });
});

describe('a file that does not let go', () => {
  it('is given up after its time: an animation that reckons for ever', async () => {
    // An expression is a program.
    const k = { a: 0, k: 100, x: 'var $bm_rt; while (true) {} $bm_rt = 1;' };
    const layer = { ddd: 0, ind: 1, ty: 4, sr: 1, ks: { o: k }, shapes: [], ip: 0, op: 60, st: 0, bm: 0 };
    const content = { tgs: 1, v: '5.5.2', fr: 60, ip: 0, op: 60, w: 512, h: 512, layers: [layer] };
    const path = await stage.put('endless.tgs', gzipSync(JSON.stringify(content)));
    await using workers = new MediaWorkers({ count: 1, ffmpeg: stage.ffmpeg, jobTimeoutMs: 8000 });
    const end = await workers.run(stage.job(path), new AbortController().signal).then(
      () => 'done',
      (error: unknown) => (error as { code: string }).code,
    );
    expect(['done', 'TIMEOUT']).toContain(end);
    expect(workers.heldCount).toBe(0);
    const photo = await sharp({ create: { width: 9, height: 9, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    const next = workers.run(stage.job(await stage.put('next.png', photo)), new AbortController().signal);
    expect((await next).facts.width).toBe(9);
  });
});
