// Deciphers AES-256-IGE, one packet or two at once, 16 bytes an instruction.
//
// Each block of IGE waits for the one before it (P[i] = D(C[i] ^ P[i-1]) ^ C[i-1]), so that a packet alone leaves most of a
// processor idle; two packets side by side use it. No table is looked up in memory: its time says nothing of the key.
import { setFlagsFromString } from 'node:v8';

import { decipherKeys, KEYS_BYTES, TABLES } from './aes-tables.js';
import {
  add,
  and,
  get,
  load,
  loopWhileLess,
  relaxedSwizzle,
  set,
  shiftedRight,
  store,
  swizzle,
  wasmModule,
  xor,
  ZERO,
} from './wasm-module.js';

const BLOCK_BYTES = 16;
const IV_BYTES = 32;
const ROUNDS = 14;
const PAGE_BYTES = 64 * 1024;
const STREAM_BYTES = KEYS_BYTES + IV_BYTES;
/** In memory: keys and iv of each stream, the tables, and from the second page on what is deciphered. */
const keysAt = (stream) => stream * STREAM_BYTES;
const ivAt = (stream) => keysAt(stream) + KEYS_BYTES;
const TABLES_AT = 2 * STREAM_BYTES;
const DATA_AT = PAGE_BYTES;

/**
 * A function that deciphers whole blocks in place.
 *
 * It takes one job or two: `bytes`, a `key` and an `iv` of 32 bytes each.
 *
 * @param isRelaxed with the shorter instructions, which must be there.
 * @throws {Error} where the machine's WebAssembly has no vectors.
 */
export function createIgeDecipher(isRelaxed = hasRelaxed()) {
  const { memory, decipher1, decipher2 } = instanceOf(programFor(isRelaxed ? relaxedSwizzle : swizzle));
  return (jobs) => {
    const [long, short] = [...jobs].sort((a, b) => b.bytes.length - a.bytes.length);
    const shortAt = DATA_AT + long.bytes.length;
    const end = shortAt + (short?.bytes.length ?? 0);
    if (memory.buffer.byteLength < end) memory.grow(Math.ceil((end - memory.buffer.byteLength) / PAGE_BYTES));
    const bytes = new Uint8Array(memory.buffer); // Another one, when it has grown.
    place(bytes, { job: long, stream: 0, at: DATA_AT });
    if (short === undefined) {
      decipher1(shortAt, DATA_AT);
    } else {
      place(bytes, { job: short, stream: 1, at: shortAt });
      const bothEnd = DATA_AT + short.bytes.length;
      decipher2(bothEnd, DATA_AT, shortAt);
      short.bytes.set(bytes.subarray(shortAt, end));
      if (bothEnd < shortAt) {
        const lastAt = short.bytes.length - BLOCK_BYTES;
        bytes.set(long.bytes.subarray(lastAt, lastAt + BLOCK_BYTES), ivAt(0));
        bytes.copyWithin(ivAt(0) + BLOCK_BYTES, bothEnd - BLOCK_BYTES, bothEnd);
        decipher1(shortAt, bothEnd);
      }
    }
    long.bytes.set(bytes.subarray(DATA_AT, shortAt));
  };
}

function place(bytes, { job, stream, at }) {
  bytes.set(job.bytes, at);
  bytes.set(decipherKeys(job.key), keysAt(stream));
  bytes.set(job.iv, ivAt(stream));
}

/** Whether this Node has the shorter instructions. Node 20 has them behind a flag, looked at when a module is compiled. */
export function hasRelaxed() {
  const body = set(0, relaxedSwizzle(get(0), get(0)));
  const probe = wasmModule([{ name: 'probe', parameterCount: 0, vectorCount: 1, body }], 0);
  if (!WebAssembly.validate(probe)) setFlagsFromString('--experimental-wasm-relaxed-simd');
  return WebAssembly.validate(probe);
}

function instanceOf(program) {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(program));
  const bytes = new Uint8Array(exports.memory.buffer);
  Object.values(TABLES).forEach((table, index) => {
    bytes.set(table, TABLES_AT + index * BLOCK_BYTES);
  });
  return exports;
}

function programFor(lookUp) {
  return wasmModule([decipherFunction(1, lookUp), decipherFunction(2, lookUp)], 2);
}

/** `decipher1(end, at)`, `decipher2(end, at, otherAt)`: in place, from `at` up to `end`, and as much from `otherAt`. */
function decipherFunction(streamCount, lookUp) {
  const parameterCount = streamCount + 1;
  const vectors = new Map();
  const local = (name) => {
    if (!vectors.has(name)) vectors.set(name, parameterCount + vectors.size);
    return vectors.get(name);
  };
  const table = Object.fromEntries(Object.keys(TABLES).map((name) => [name, get(local(name))]));
  const setUp = Object.keys(TABLES).flatMap((name, index) =>
    set(local(name), load(ZERO, TABLES_AT + index * BLOCK_BYTES)),
  );
  const streams = Array.from({ length: streamCount }, (_, stream) =>
    streamSteps({ stream, at: stream + 1, local: (name) => local(`${name} of ${stream}`), table, lookUp }),
  );
  // Step by step in turns: what one waits for is done for the other meanwhile.
  const body = streams[0].steps.flatMap((_, step) => streams.flatMap(({ steps }) => steps[step]));
  return {
    name: `decipher${streamCount}`,
    parameterCount,
    vectorCount: vectors.size,
    body: [...setUp, ...streams.flatMap(({ start }) => start), ...loopWhileLess(body, 1, 0)],
  };
}

/** What is done for one stream before its first block, and for each block. "Halves" are as in aes-tables.js. */
function streamSteps({ stream, at, local, table, lookUp }) {
  const [cipher, previousCipher, state, i, j, k, aOverK, io, jo] = [
    ...['cipher', 'previous cipher', 'state', 'i', 'j', 'k', 'a/k', 'io', 'jo'],
  ].map(local);
  const [cipherHalves, previousCipherHalves, plainHalves] = ['cipher', 'previous cipher', 'plain'].map((name) =>
    local(`${name} in halves`),
  );
  const low = (vector) => and(vector, table.lowHalf);
  const high = (vector) => and(shiftedRight(vector, 4), table.lowHalf);
  const inHalves = (vector) => xor(lookUp(table.inHalvesLow, low(vector)), lookUp(table.inHalvesHigh, high(vector)));
  const key = (round) => load(ZERO, keysAt(stream) + round * BLOCK_BYTES);
  const sum = (ofIo, ofJo, places) =>
    lookUp(xor(lookUp(table[ofIo], get(io)), lookUp(table[ofJo], get(jo))), table[places]);

  const invert = [
    [...set(i, high(get(state))), ...set(k, low(get(state)))],
    [...set(aOverK, lookUp(table.aOver, get(k))), ...set(j, xor(get(i), get(k)))],
    [
      ...set(io, xor(lookUp(table.inverse, get(i)), get(aOverK))),
      ...set(jo, xor(lookUp(table.inverse, get(j)), get(aOverK))),
    ],
    [...set(io, xor(lookUp(table.inverse, get(io)), get(j))), ...set(jo, xor(lookUp(table.inverse, get(jo)), get(i)))],
  ];
  const mixColumns = (round) => {
    const [own, ...others] = [0, 1, 2, 3].map((row) => sum(`columnIo${row}`, `columnJo${row}`, `rowsFrom${row}`));
    return set(state, xor(xor(own, others[0]), xor(others[1], xor(others[2], key(round)))));
  };
  const middleRounds = Array.from({ length: ROUNDS - 1 }, (_, index) => [...invert, mixColumns(index + 1)]).flat();
  return {
    start: [
      ...set(previousCipher, load(ZERO, ivAt(stream))),
      ...set(previousCipherHalves, inHalves(get(previousCipher))),
      ...set(state, load(ZERO, ivAt(stream) + BLOCK_BYTES)),
      ...set(plainHalves, inHalves(get(state))),
    ],
    steps: [
      [
        ...set(cipher, load(get(at))),
        ...set(cipherHalves, inHalves(get(cipher))),
        ...set(state, xor(get(plainHalves), xor(get(cipherHalves), key(0)))),
      ],
      ...middleRounds,
      ...invert,
      [
        // The next block waits for this one: in halves at once, and beside it as it is.
        ...set(
          plainHalves,
          xor(sum('plainInHalvesIo', 'plainInHalvesJo', 'rowsFrom0'), xor(get(previousCipherHalves), key(ROUNDS + 1))),
        ),
        ...store(get(at), xor(sum('plainIo', 'plainJo', 'rowsFrom0'), xor(get(previousCipher), key(ROUNDS)))),
        ...set(previousCipher, get(cipher)),
        ...set(previousCipherHalves, get(cipherHalves)),
        ...add(at, BLOCK_BYTES),
      ],
    ],
  };
}
