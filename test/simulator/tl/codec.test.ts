import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../../../src/simulator/world/seeded-random.js';
import { ByteWriter } from '../../../src/simulator/tl/byte-writer.js';
import { ConstructorId } from '../../../src/simulator/tl/constructor-ids.js';
import { loadLayers } from '../../../src/simulator/tl/layers.js';
import type { TlSchema } from '../../../src/simulator/tl/schema.js';
import { TlReader } from '../../../src/simulator/tl/tl-reader.js';
import { TlWriter } from '../../../src/simulator/tl/tl-writer.js';
import type { TlObject } from '../../../src/simulator/tl/tl-object.js';
import { randomObject } from './random-object.js';

const layers = loadLayers();
const [gramjsLayer, mtcuteLayer] = layers.all as [TlSchema, TlSchema];
const ANY = { kind: 'any' } as const;

function readBack(bytes: Buffer, schema: TlSchema): TlObject {
  const reader = new TlReader(bytes, [schema]);
  const object = reader.object();
  expect(reader.remaining).toBe(0);
  return object;
}

describe('the codec', () => {
  test('knows the layers of both clients', () => {
    expect(layers.all.map(({ layer }) => layer)).toEqual([198, 227]);
    expect(layers.forClient(198)).toBe(gramjsLayer);
    expect(layers.forClient(214)).toBe(gramjsLayer);
    expect(layers.forClient(300)).toBe(mtcuteLayer);
    expect(layers.forClient(144)).toBe(gramjsLayer);
  });

  test.each([
    [198, gramjsLayer, 2000],
    [227, mtcuteLayer, 2300],
    ['MTProto', layers.protocol, 45],
  ] as const)('reads back what it wrote, for every constructor and method of layer %s', (_, schema, atLeast) => {
    const random = new SeededRandom(198);
    const writer = new TlWriter({ schema });
    let count = 0;
    for (const definition of schema.definitions()) {
      for (let round = 0; round < 3; round += 1) {
        const object = randomObject(schema, definition, random);
        expect(readBack(writer.write(object, ANY), schema)).toEqual(object);
      }
      count += 1;
    }
    expect(count).toBeGreaterThan(atLeast);
  });

  test('adds default values for missing required fields', () => {
    const written = new TlWriter({ schema: mtcuteLayer }).write({ _: 'messages.messages', messages: [] }, ANY);
    expect(readBack(written, mtcuteLayer)).toEqual({
      _: 'messages.messages',
      messages: [],
      topics: [],
      chats: [],
      users: [],
    });
  });

  test('writes a field that shares its flag with one that is present', () => {
    const written = new TlWriter({ schema: gramjsLayer }).write({ _: 'messageMediaPhoto', ttl_seconds: 5 }, ANY);
    expect(readBack(written, gramjsLayer)).toEqual({ _: 'messageMediaPhoto', ttl_seconds: 5 });
  });

  test('replaces a constructor of another layer with the empty one of its type, and keeps shared fields', () => {
    const newest = [...mtcuteLayer.definitions()].find(
      ({ name, result, isMethod }) =>
        !isMethod &&
        result.kind === 'boxed' &&
        result.type === 'MessageAction' &&
        gramjsLayer.constructorNamed(name) === undefined,
    );
    expect(newest).toBeDefined();
    const message = {
      _: 'messageService',
      id: 9,
      peer_id: { _: 'peerUser', user_id: 5n },
      date: 7,
      action: { _: newest?.name ?? '' },
    };
    const written = new TlWriter({ schema: gramjsLayer, knownLayers: layers.all }).write(message, ANY);
    expect(readBack(written, gramjsLayer)).toEqual({ ...message, action: { _: 'messageActionEmpty' } });
  });

  test('refuses a name that no schema has', () => {
    const writer = new TlWriter({ schema: gramjsLayer, knownLayers: layers.all });
    expect(() => writer.write({ _: 'mesage', id: 1 }, ANY)).toThrow('"mesage"');
  });

  test('writes raw bytes unchanged', () => {
    const raw = Buffer.from('0badf00d01020304', 'hex');
    expect(new TlWriter({ schema: gramjsLayer }).write({ _: '#raw', bytes: raw }, ANY)).toEqual(raw);
  });

  test('requests a file reference each time it writes a photo, and again after the cache was cleared', () => {
    let generation = 1;
    const writer = new TlWriter({ schema: gramjsLayer, fileReference: () => Uint8Array.of(generation) });
    const photo = {
      _: 'photo',
      id: 1n,
      access_hash: 2n,
      file_reference: new Uint8Array(),
      date: 0,
      sizes: [],
      dc_id: 2,
    };
    const message: TlObject = { _: 'message', id: 1, date: 1, message: '', media: { _: 'messageMediaPhoto', photo } };
    const referenceIn = (): unknown => {
      const { media } = readBack(writer.write(message, ANY), gramjsLayer) as unknown as { media: { photo: TlObject } };
      return media.photo['file_reference'];
    };
    expect(referenceIn()).toEqual(Buffer.from([1]));
    generation = 2;
    writer.clearCache();
    expect(referenceIn()).toEqual(Buffer.from([2]));
  });

  test.each([
    ['gzip', gzipSync],
    ['zlib', deflateSync],
  ])('decompresses gzip_packed that contains %s', (_, pack) => {
    const out = new ByteWriter();
    out.int(ConstructorId.gzipPacked);
    out.bytes(pack(new TlWriter({ schema: gramjsLayer }).write({ _: 'help.getConfig' }, ANY)));
    expect(readBack(out.take(), gramjsLayer)).toEqual({ _: 'help.getConfig' });
  });

  test.each([
    ['ends early', Buffer.from('c5', 'hex')],
    ['begins with an unknown id', Buffer.from('0badf00d', 'hex')],
  ])('fails with UNDECODABLE if it %s', (_, bytes) => {
    expect(() => new TlReader(bytes, [gramjsLayer]).object()).toThrow(expect.objectContaining({ code: 'UNDECODABLE' }));
  });

  test('refuses a vector longer than the rest of the message', () => {
    const out = new ByteWriter();
    out.int(ConstructorId.vector);
    out.int(0x7fffffff);
    const reader = new TlReader(out.take(), [gramjsLayer]);
    expect(() => reader.value({ kind: 'vector', boxed: true, item: { kind: 'long' } })).toThrow('cannot fit');
  });
});
