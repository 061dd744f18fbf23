import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { PacketStream } from '../../../src/simulator/transport/packet-stream.js';

/** What a client of one framing puts on the wire, told anew from the protocol's description. */
type Client = (packets: readonly Buffer[]) => Buffer;

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

const abridgedPackets: Client = (packets) =>
  Buffer.concat(
    packets.flatMap((packet) => {
      const words = packet.length / 4;
      return [words < 127 ? Buffer.of(words) : Buffer.of(127, words & 255, (words >> 8) & 255, words >> 16), packet];
    }),
  );
const intermediatePackets: Client = (packets) =>
  Buffer.concat(packets.flatMap((packet) => [u32(packet.length), packet]));

function obfuscated(tag: string, inner: Client): Client {
  return (packets) => {
    const header = randomBytes(64);
    header[0] = 1;
    header[4] = 1;
    Buffer.from(tag, 'hex').copy(header, 56);
    const cipher = createCipheriv('aes-256-ctr', header.subarray(8, 40), header.subarray(40, 56));
    const hidden = cipher.update(header);
    hidden.copy(header, 56, 56, 64);
    return Buffer.concat([header, cipher.update(inner(packets))]);
  };
}

const clients: readonly (readonly [string, Client])[] = [
  ['abridged', (packets) => Buffer.concat([Buffer.of(0xef), abridgedPackets(packets)])],
  ['intermediate', (packets) => Buffer.concat([Buffer.alloc(4, 0xee), intermediatePackets(packets)])],
  [
    'full',
    (packets) =>
      Buffer.concat(
        packets.map((packet, i) => {
          const body = Buffer.concat([u32(packet.length + 12), u32(i), packet]);
          return Buffer.concat([body, u32(crc32(body))]);
        }),
      ),
  ],
  ['obfuscated abridged', obfuscated('efefefef', abridgedPackets)],
  ['obfuscated intermediate', obfuscated('eeeeeeee', intermediatePackets)],
];

const packets = fc.array(
  fc.integer({ min: 6, max: 300 }).map((words) => randomBytes(words * 4)),
  { minLength: 1, maxLength: 6 },
);

describe('a packet stream', () => {
  for (const [name, client] of clients) {
    test.prop([packets, fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 30 })])(
      `finds out about ${name} and cuts the packets out, wherever TCP cuts the bytes`,
      (sent, cuts) => {
        const wire = client(sent);
        const stream = new PacketStream();
        const received: Buffer[] = [];
        for (let start = 0, i = 0; start < wire.length; i += 1) {
          const length = cuts[i % cuts.length] ?? 1;
          received.push(...stream.receive(wire.subarray(start, start + length)).map((packet) => Buffer.from(packet)));
          start += length;
        }
        expect(received).toEqual(sent);
      },
    );
  }

  test('includes the padding of the padded variant in the packet, which has its own length', () => {
    const stream = new PacketStream();
    const packet = randomBytes(40);
    const wire = Buffer.concat([Buffer.alloc(4, 0xdd), u32(43), packet, Buffer.alloc(3)]);
    expect(stream.receive(wire)[0]?.subarray(0, 40)).toEqual(packet);
  });

  test('answers in the framing of the client', () => {
    const long = randomBytes(1000);
    const answer = (first: Buffer, packet: Buffer): Buffer => {
      const stream = new PacketStream();
      stream.receive(first);
      return Buffer.concat(stream.send(packet));
    };
    expect(answer(Buffer.of(0xef), Buffer.alloc(8, 1))).toEqual(Buffer.concat([Buffer.of(2), Buffer.alloc(8, 1)]));
    expect(answer(Buffer.of(0xef), long)).toEqual(Buffer.concat([Buffer.of(127, 250, 0, 0), long]));
    const intermediate = Buffer.concat([Buffer.alloc(4, 0xee), u32(4), Buffer.alloc(4)]);
    expect(answer(intermediate, long)).toEqual(Buffer.concat([u32(1000), long]));
  });

  test('obfuscates its answers', () => {
    const header = randomBytes(64);
    header[0] = 1;
    header[4] = 1;
    Buffer.from('eeeeeeee', 'hex').copy(header, 56);
    const hidden = createCipheriv('aes-256-ctr', header.subarray(8, 40), header.subarray(40, 56)).update(header);
    hidden.copy(header, 56, 56, 64);
    const stream = new PacketStream();
    stream.receive(header);
    const reversed = Buffer.from(header.subarray(8, 56)).reverse();
    const decipher = createDecipheriv('aes-256-ctr', reversed.subarray(0, 32), reversed.subarray(32, 48));
    const packet = randomBytes(64);
    expect(decipher.update(Buffer.concat(stream.send(packet)))).toEqual(Buffer.concat([u32(64), packet]));
  });

  test.each([
    ['a full packet with a wrong checksum', Buffer.concat([u32(16), u32(0), Buffer.alloc(4, 9), Buffer.alloc(4)])],
    ['an intermediate packet of a gigabyte', Buffer.concat([Buffer.alloc(4, 0xee), u32(1 << 30)])],
    ['64 bytes that hide no framing', Buffer.alloc(64, 3)],
  ])('refuses %s', (_, wire) => {
    expect(() => new PacketStream().receive(wire)).toThrow(expect.objectContaining({ code: 'UNDECODABLE' }));
  });
});
