import { gzipSync } from 'node:zlib';

import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { readContentKind } from '../../../src/media/bytes/content-kind.js';
import { rightExtension } from '../../../src/media/right-extension.js';
import { FILM_SOURCE, SOUND_SOURCE, Stage } from '../stage.js';

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open();
});

afterAll(() => stage[Symbol.asyncDispose]());

const picture = (): Sharp =>
  sharp({ create: { width: 20, height: 10, channels: 3, background: { r: 200, g: 40, b: 10 } } });

type Row = readonly [extension: string, content: () => Promise<Buffer> | Buffer | string, kind: string, mime: string];

const KINDS: readonly Row[] = [
  ['jpg', () => picture().jpeg().toBuffer(), 'image', 'image/jpeg'],
  ['png', () => picture().png().toBuffer(), 'image', 'image/png'],
  ['webp', () => picture().webp().toBuffer(), 'image', 'image/webp'],
  ['gif', () => picture().gif().toBuffer(), 'image', 'image/gif'],
  ['avif', () => picture().avif().toBuffer(), 'image', 'image/avif'],
  ['tif', () => picture().tiff().toBuffer(), 'image', 'image/tiff'],
  ['svg', () => '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>', 'image', 'image/svg+xml'],
  ['tgs', () => gzipSync('{"tgs":1,"v":"5.5.2","fr":60}'), 'animated-sticker', 'application/x-tgsticker'],
  ['pdf', () => '%PDF-1.7\n%âãÏÓ\n', 'document', 'application/pdf'],
  ['zip', () => Buffer.from('504b0506000000000000000000000000000000000000', 'hex'), 'document', 'application/zip'],
  ['gz', () => gzipSync('no animation'), 'document', 'application/gzip'],
];

describe('the kind of a file', () => {
  it.each(KINDS)('is told of %s by the bytes, whatever the name says', async (extension, content, kind, mimeType) => {
    const path = await stage.put(`lying-${extension}.exe`, await content());
    expect(await readContentKind(path)).toEqual({ kind, mimeType, extension });
  });

  it.each([
    ['a.mp4', 'video/mp4', FILM_SOURCE, ['-pix_fmt', 'yuv420p']],
    ['a.webm', 'video/webm', FILM_SOURCE, ['-c:v', 'libvpx', '-deadline', 'realtime']],
    ['a.mkv', 'video/matroska', FILM_SOURCE, ['-c:v', 'mpeg4']],
    ['a.mp3', 'audio/mpeg', SOUND_SOURCE, []],
    ['a.ogg', 'audio/ogg', SOUND_SOURCE, ['-c:a', 'libopus']],
    ['a.flac', 'audio/flac', SOUND_SOURCE, []],
    ['a.m4a', 'audio/x-m4a', SOUND_SOURCE, []],
    ['a.wav', 'audio/wav', SOUND_SOURCE, []],
  ] as const)('is told of %s', async (name, mimeType, source, args) => {
    const found = await readContentKind(await stage.make(name, ...source, ...args));
    expect(found.kind).toBe(mimeType.split('/')[0]);
    expect(found.mimeType.split(';')[0]).toBe(mimeType);
  });

  it('is a document of text, or of bytes that tell nothing, and empty of nothing', async () => {
    const of = async (content: string | Uint8Array): Promise<unknown> =>
      readContentKind(await stage.put('unknown.jpg', content));
    expect(await of('Grüße\n')).toEqual({ kind: 'document', mimeType: 'text/plain' });
    expect(await of(Buffer.from([0, 1, 2, 3]))).toEqual({ kind: 'document', mimeType: 'application/octet-stream' });
    expect(await of('')).toEqual({ kind: 'empty', mimeType: 'application/octet-stream' });
  });

  it.each([
    '<?xml version="1.0"?>\n<!-- made by <svg> -->\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x">\n<svg width="1">',
    '\uFEFF  <!DOCTYPE svg [ <!ENTITY a "<b>"> ]>\n<svg\n>',
    '<svg:svg xmlns:svg="http://www.w3.org/2000/svg"/>',
  ])('is a drawing behind whatever XML lets stand before it: %s', async (text) => {
    expect(await readContentKind(await stage.put('drawing', text))).toMatchObject({ mimeType: 'image/svg+xml' });
  });

  it.each(['<html><svg/></html>', '<!-- <svg> ', 'text <svg>', '<svgfoo>'])('is no drawing: %s', async (text) => {
    expect(await readContentKind(await stage.put('drawing', text))).not.toMatchObject({ mimeType: 'image/svg+xml' });
  });

  it.each(['<!-- -->', '<!DOCTYPE svg>', '<!DOCTYPE svg [', '<?xml ?>', ' ', '<'])(
    'is told at once of a file that is nothing but %s',
    async (piece) => {
      const path = await stage.put('long.svg', `${piece.repeat(4096 / piece.length)}x`);
      const startedMs = performance.now();
      await readContentKind(path);
      expect(performance.now() - startedMs).toBeLessThan(1000);
    },
  );

  it('is no animation when it unpacks to more than a sticker can have', async () => {
    const bomb = gzipSync(Buffer.concat([Buffer.from('{"v":"5"'), Buffer.alloc(200_000_000, 32)]), { level: 9 });
    expect(await readContentKind(await stage.put('bomb.tgs', bomb))).toMatchObject({ kind: 'document' });
  });
});

describe('the right extension', () => {
  const jpeg = { kind: 'image', mimeType: 'image/jpeg', extension: 'jpg' } as const;

  it('is said of a medium that is called something else', () => {
    expect(rightExtension('photo.png', jpeg)).toBe('jpg');
    expect(rightExtension('photo', jpeg)).toBe('jpg');
    expect(rightExtension('photo.jpg.exe', jpeg)).toBe('jpg');
  });

  it('is not said of a name that is right in another spelling', () => {
    expect(rightExtension('photo.JPEG', jpeg)).toBeUndefined();
    expect(rightExtension('a.mov', { kind: 'video', mimeType: 'video/mp4', extension: 'mp4' })).toBeUndefined();
    expect(rightExtension('a.opus', { kind: 'audio', mimeType: 'audio/ogg', extension: 'ogg' })).toBeUndefined();
  });

  it('makes no program of what claims to be a picture', () => {
    const program = { kind: 'document', mimeType: 'application/x-msdownload', extension: 'exe' } as const;
    expect(rightExtension('photo.jpg', program)).toBeUndefined();
    expect(rightExtension('photo.jpg', { kind: 'empty', mimeType: 'application/octet-stream' })).toBeUndefined();
  });
});
