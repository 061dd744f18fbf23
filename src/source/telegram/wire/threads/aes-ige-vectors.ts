/**
 * Decrypts AES-256-IGE, one packet or two at once, 16 bytes per instruction.
 *
 * Each block of IGE depends on the block before it (P[i] = D(C[i] ^ P[i-1]) ^ C[i-1]). So one packet leaves most of a core
 * idle, and two packets side by side use it. Tables are looked up in registers: the time says nothing about the key.
 */
import { setFlagsFromString } from 'node:v8';

import { decipherKeys, KEYS_BYTES, TABLES } from './aes-tables.js';
import {
  add,
  and,
  type Code,
  get,
  load,
  loopWhileLess,
  relaxedSwizzle,
  set,
  shiftedRight,
  store,
  swizzle,
  type WasmFunction,
  wasmModule,
  xor,
  ZERO,
} from './wasm-module.js';
import { isRunnable, startWasm, type WasmMemory } from './web-assembly.js';

/** Whole blocks of 16 bytes, to be decrypted in place. */
export interface IgeJob {
  readonly bytes: Uint8Array;
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** 32 bytes. */
  readonly iv: Uint8Array;
}

/** Decrypts one job, or two at once. */
export type IgeDecipher = (jobs: readonly [IgeJob, IgeJob?]) => void;

/** What the program exports. The functions decrypt in place, from an address up to `end`. */
interface IgeProgram {
  readonly memory: WasmMemory;
  readonly decipher1: (end: number, at: number) => void;
  /** Decrypts as much from `otherAt`. */
  readonly decipher2: (end: number, at: number, otherAt: number) => void;
}

/** {@link swizzle}, or {@link relaxedSwizzle}. */
type LookUp = (table: Code, indexes: Code) => Code;

/** A variable of the program. */
type Local = (name: string) => number;

const BLOCK_BYTES = 16;
const IV_BYTES = 32;
const ROUNDS = 14;
const PAGE_BYTES = 64 * 1024;
const STREAM_BYTES = KEYS_BYTES + IV_BYTES;
/** In memory: keys and iv of each stream, the tables, and from the second page on the packets. */
const keysAt = (stream: number): number => stream * STREAM_BYTES;
const ivAt = (stream: number): number => keysAt(stream) + KEYS_BYTES;
const TABLES_AT = 2 * STREAM_BYTES;
const DATA_AT = PAGE_BYTES;

/**
 * Makes a function that decrypts.
 *
 * @param isRelaxed - Use the shorter instructions, which this Node must have. @defaultValue whether it has them
 * @throws {Error} when this machine's WebAssembly has no vectors.
 */
export function createIgeDecipher(isRelaxed: boolean = hasRelaxed()): IgeDecipher {
  const { memory, decipher1, decipher2 } = startProgram(isRelaxed ? relaxedSwizzle : swizzle);
  return ([first, second]) => {
    const [long, short] =
      second === undefined || second.bytes.length <= first.bytes.length ? [first, second] : [second, first];
    const shortAt = DATA_AT + long.bytes.length;
    const end = shortAt + (short?.bytes.length ?? 0);
    if (memory.buffer.byteLength < end) memory.grow(Math.ceil((end - memory.buffer.byteLength) / PAGE_BYTES));
    const bytes = new Uint8Array(memory.buffer);
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

/** Whether this Node has the shorter instructions. Node 20 has them behind a flag, which it reads when it compiles a module. */
export function hasRelaxed(): boolean {
  const body = set(0, relaxedSwizzle(get(0), get(0)));
  const probe = wasmModule([{ name: 'probe', parameterCount: 0, vectorCount: 1, body }], 0);
  if (!isRunnable(probe)) setFlagsFromString('--experimental-wasm-relaxed-simd');
  return isRunnable(probe);
}

function place(
  bytes: Uint8Array,
  { job, stream, at }: { readonly job: IgeJob; readonly stream: number; readonly at: number },
): void {
  bytes.set(job.bytes, at);
  bytes.set(decipherKeys(job.key), keysAt(stream));
  bytes.set(job.iv, ivAt(stream));
}

function startProgram(lookUp: LookUp): IgeProgram {
  const code = wasmModule([decipherFunction(1, lookUp), decipherFunction(2, lookUp)], 2);
  const program = startWasm(code) as IgeProgram;
  const bytes = new Uint8Array(program.memory.buffer);
  for (const [index, table] of [...TABLES.values()].entries()) bytes.set(table, TABLES_AT + index * BLOCK_BYTES);
  return program;
}

/** See {@link IgeProgram}. */
function decipherFunction(streamCount: 1 | 2, lookUp: LookUp): WasmFunction {
  const parameterCount = streamCount + 1;
  const vectors = new Map<string, number>();
  const local = (name: string): number => {
    const known = vectors.get(name) ?? parameterCount + vectors.size;
    vectors.set(name, known);
    return known;
  };
  const setUp = [...TABLES.keys()].flatMap((name, index) =>
    set(local(name), load(ZERO, TABLES_AT + index * BLOCK_BYTES)),
  );
  const streams = Array.from({ length: streamCount }, (_, stream) =>
    streamSteps({
      stream,
      at: stream + 1,
      local: (name) => local(`${name} of ${stream}`),
      table: (name) => get(local(name)),
      lookUp,
    }),
  );
  // The streams take turns, step by step: one works while the other waits for a result.
  const steps = streams[0]?.steps ?? [];
  const body = steps.flatMap((_, step) => streams.flatMap((stream) => stream.steps[step] ?? []));
  return {
    name: `decipher${streamCount}`,
    parameterCount,
    vectorCount: vectors.size,
    body: [...setUp, ...streams.flatMap(({ start }) => start), ...loopWhileLess(body, 1, 0)],
  };
}

interface StreamOptions {
  /** 0 or 1: which keys and iv it has. */
  readonly stream: number;
  /** The local that has the address of the block. */
  readonly at: number;
  /** A local of this stream. */
  readonly local: Local;
  /** One of {@link TABLES}. */
  readonly table: (name: string) => Code;
  readonly lookUp: LookUp;
}

/** The instructions for one stream: before its first block, and for each block. aes-tables.ts explains "halves". */
function streamSteps(options: StreamOptions): { readonly start: Code; readonly steps: readonly Code[] } {
  const { stream, at, local, table, lookUp } = options;
  const [cipher, previousCipher, state] = [local('cipher'), local('previous cipher'), local('state')];
  const [i, j, k, aOverK, io, jo] = [local('i'), local('j'), local('k'), local('a/k'), local('io'), local('jo')];
  const [cipherHalves, previousCipherHalves] = [local('cipher in halves'), local('previous cipher in halves')];
  const plainHalves = local('plain in halves');
  const low = (vector: Code): Code => and(vector, table('lowHalf'));
  const high = (vector: Code): Code => and(shiftedRight(vector, 4), table('lowHalf'));
  const inHalves = (vector: Code): Code =>
    xor(lookUp(table('inHalvesLow'), low(vector)), lookUp(table('inHalvesHigh'), high(vector)));
  const inverse = (vector: Code): Code => lookUp(table('inverse'), vector);
  const key = (round: number): Code => load(ZERO, keysAt(stream) + round * BLOCK_BYTES);
  const sum = (ofIo: string, ofJo: string, row: number): Code =>
    lookUp(xor(lookUp(table(ofIo), get(io)), lookUp(table(ofJo), get(jo))), table(`rowsFrom${row}`));

  const invert = [
    [...set(i, high(get(state))), ...set(k, low(get(state)))],
    [...set(aOverK, lookUp(table('aOver'), get(k))), ...set(j, xor(get(i), get(k)))],
    [...set(io, xor(inverse(get(i)), get(aOverK))), ...set(jo, xor(inverse(get(j)), get(aOverK)))],
    [...set(io, xor(inverse(get(io)), get(j))), ...set(jo, xor(inverse(get(jo)), get(i)))],
  ];
  const column = (row: number): Code => sum(`columnIo${row}`, `columnJo${row}`, row);
  const mixColumns = (round: number): Code =>
    set(state, xor(xor(column(0), column(1)), xor(column(2), xor(column(3), key(round)))));
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
        // The next block needs the plain text in halves. It is computed first, without the plain text itself.
        ...set(
          plainHalves,
          xor(sum('plainInHalvesIo', 'plainInHalvesJo', 0), xor(get(previousCipherHalves), key(ROUNDS + 1))),
        ),
        ...store(get(at), xor(sum('plainIo', 'plainJo', 0), xor(get(previousCipher), key(ROUNDS)))),
        ...set(previousCipher, get(cipher)),
        ...set(previousCipherHalves, get(cipherHalves)),
        ...add(at, BLOCK_BYTES),
      ],
    ],
  };
}
