import { randomBytes } from 'node:crypto';

import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';

import { PartMemory } from '../../../../../src/memory/part-memory.js';
import { PacketAssembler } from '../../../../../src/source/telegram/wire/packets/packet-assembler.js';

function framed(packet: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(packet.length);
  return Buffer.concat([length, packet]);
}

describe('the packets of a stream', () => {
  test.prop([
    fc.array(fc.oneof(fc.nat(40), fc.integer({ min: 65_000, max: 140_000 })), { minLength: 1, maxLength: 8 }),
    fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 10 }),
    fc.boolean(),
  ])('are complete and in order, however the stream is split and whenever they are released', (sizes, cuts, late) => {
    const packets = sizes.map((size) => randomBytes(size));
    const seen: Buffer[] = [];
    const held: Buffer[] = [];
    const memory = new PartMemory();
    const assembler = new PacketAssembler((packet) => {
      seen.push(Buffer.from(packet));
      held.push(packet);
      const oldest = !late || held.length > 2 ? held.shift() : undefined;
      if (oldest !== undefined) memory.release(oldest);
    }, memory);
    const stream = Buffer.concat(packets.map(framed));
    const reused = Buffer.alloc(80_000); // As the socket does, all chunks come in the same memory.
    const least = Math.floor(stream.length / 300); // A megabyte byte by byte would take minutes.
    for (let position = 0, turn = 0; position < stream.length; turn += 1) {
      const byteCount = stream.copy(reused, 0, position, position + least + (cuts[turn % cuts.length] ?? 1));
      assembler.take(reused.subarray(0, byteCount));
      position += byteCount;
    }
    expect(seen.map((packet, index) => packets[index]?.equals(packet))).toEqual(packets.map(() => true));
  });

  it('reuse the memory of a large one only after it was released', () => {
    const memory = new PartMemory();
    const places: ArrayBufferLike[] = [];
    const packets: Buffer[] = [];
    const assembler = new PacketAssembler((packet) => {
      places.push(packet.buffer);
      packets.push(packet);
    }, memory);
    const take = (byteCount: number): void => {
      assembler.take(framed(randomBytes(byteCount)));
    };
    take(100_000);
    take(100_000);
    expect(places[1]).not.toBe(places[0]);
    memory.release(packets[0] ?? Buffer.alloc(0));
    take(90_000);
    take(90_000);
    expect(places[2]).toBe(places[0]);
    expect(places[3]).not.toBe(places[0]);
  });

  it('end at one that is larger than any of Telegram’s', () => {
    const assembler = new PacketAssembler(() => undefined);
    expect(() => {
      assembler.take(Buffer.from('220 smtp.example.org ESMTP\r\n'));
    }).toThrow('a packet of');
  });
});
