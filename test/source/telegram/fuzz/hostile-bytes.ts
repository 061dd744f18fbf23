import { gzipSync } from 'node:zlib';

import { Api } from 'telegram';

import { randomFrom } from '../../../media/mutations.js';

const VECTOR = 0x1cb5c415;
const GZIP_PACKED = 0x3072cfa1;
const RPC_RESULT = 0xf35c6d01;
const CONTAINER = 0x73f1f8dc;
const AWKWARD = [0, 1, 2, 100, 101, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff0, VECTOR, GZIP_PACKED];
/** Tens of megabytes, now and then. */
const MOST_AMPLIFIED_BYTES = 40 * 1024 * 1024;

const CONSTRUCTORS: readonly number[] = Object.values(Api as unknown as Record<string, unknown>)
  .flatMap((one): unknown[] => (typeof one === 'function' ? [one] : Object.values(one as object)))
  .map((one) => (one as { readonly CONSTRUCTOR_ID?: number }).CONSTRUCTOR_ID)
  .filter((id) => id !== undefined);

type Random = () => number;
type Damage = (bytes: Buffer, random: Random) => Buffer;

/** What a hostile server may make of an answer. All of it depends on the seed alone. */
export function hostileAnswer(real: Buffer, seed: number): Buffer {
  const random = randomFrom(seed);
  let bytes: Buffer = Buffer.from(real);
  for (let left = 1 + Math.floor(random() * 3); left > 0; left -= 1) bytes = pick(DAMAGES, random)(bytes, random);
  if (random() < 0.03) bytes = amplified(bytes, random);
  return bytes;
}

/** A message of the server around an answer: as it should be, packed, in a container, in many. */
export function hostileMessage(answer: Buffer, requestId: bigint, seed: number): Buffer {
  const random = randomFrom(seed ^ 0x5eed);
  const result = (body: Buffer): Buffer => Buffer.concat([int(RPC_RESULT), long(requestId), body]);
  const packs = random() < 0.1;
  const body = result(packs ? gzipPacked(random() < 0.3 ? gzipPacked(answer) : answer) : answer);
  const choice = random();
  if (choice < 0.8) return body;
  if (choice < 0.9) return container([body]);
  if (choice < 0.95) return container([container([body]), body]);
  return flipped(container([result(int(7)), body]), random);
}

const DAMAGES: readonly Damage[] = [
  flipped,
  (bytes, random) => bytes.subarray(0, Math.floor(random() * bytes.length)),
  (bytes, random) => {
    const word = wordAt(bytes, random);
    if (word >= 0) bytes.writeUInt32LE(pick(AWKWARD, random), word);
    return bytes;
  },
  // The count of a list.
  (bytes, random) => {
    const head = listAt(bytes, random);
    if (head >= 0) bytes.writeUInt32LE(pick(AWKWARD, random), head + 4);
    return bytes;
  },
  // Another constructor.
  (bytes, random) => {
    const word = wordAt(bytes, random);
    if (word >= 0)
      bytes.writeUInt32LE(random() < 0.2 ? Math.floor(random() * 2 ** 32) : pick(CONSTRUCTORS, random), word);
    return bytes;
  },
  // A piece of it once more, somewhere else.
  (bytes, random) => {
    const [from, to] = [wordAt(bytes, random), wordAt(bytes, random)].sort((one, other) => one - other);
    if (from === undefined || to === undefined || from < 0) return bytes;
    const at = wordAt(bytes, random);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(from, to), bytes.subarray(at)]);
  },
  (bytes, random) => {
    const at = wordAt(bytes, random);
    return at < 0 ? bytes : Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 4)]);
  },
];

/** One piece of it thousands of times, with a count that fits now and then. */
function amplified(bytes: Buffer, random: Random): Buffer {
  const start = wordAt(bytes, random);
  if (start < 0) return bytes;
  const piece = bytes.subarray(start, start + 4 * (1 + Math.floor(random() * 40)));
  const byteCount = Math.floor(piece.length + MOST_AMPLIFIED_BYTES ** random());
  const copies = Math.ceil(byteCount / piece.length);
  const head = Buffer.from(bytes.subarray(0, start));
  const list = head.lastIndexOf(int(VECTOR));
  if (list >= 0 && list + 8 <= head.length && random() < 0.5) head.writeUInt32LE(copies, list + 4);
  const behind = random() < 0.5 ? bytes.subarray(start) : Buffer.alloc(0);
  return Buffer.concat([head, Buffer.alloc(copies * piece.length, piece), behind]);
}

function flipped(bytes: Buffer, random: Random): Buffer {
  for (let left = 1 + Math.floor(random() * 8); left > 0 && bytes.length > 0; left -= 1) {
    const at = Math.floor(random() * bytes.length);
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << Math.floor(random() * 8)), at);
  }
  return bytes;
}

/** Mostly near the head, where counts and kinds are. -1 where there is none. */
function wordAt(bytes: Buffer, random: Random): number {
  const words = Math.floor(bytes.length / 4);
  return words === 0 ? -1 : 4 * Math.floor(random() ** 2 * words);
}

function listAt(bytes: Buffer, random: Random): number {
  const found = bytes.indexOf(int(VECTOR), Math.floor(random() * bytes.length));
  return found >= 0 && found + 8 <= bytes.length ? found : -1;
}

function gzipPacked(bytes: Buffer): Buffer {
  const packed = gzipSync(bytes, { level: 1 }).subarray(0, 0xffffff);
  const head = Buffer.from([254, packed.length & 255, (packed.length >> 8) & 255, packed.length >> 16]);
  return Buffer.concat([int(GZIP_PACKED), head, packed, Buffer.alloc((4 - (packed.length % 4)) % 4)]);
}

function container(bodies: readonly Buffer[]): Buffer {
  const messages = bodies.map((body) => Buffer.concat([long(5n), int(1), int(body.length), body]));
  return Buffer.concat([int(CONTAINER), int(bodies.length), ...messages]);
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

function long(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes;
}

function pick<T>(from: readonly T[], random: Random): T {
  return from[Math.floor(random() * from.length)] as T;
}
