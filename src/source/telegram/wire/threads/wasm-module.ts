/**
 * A small assembler for WebAssembly, with the instructions that the cipher uses
 * (https://webassembly.github.io/spec/core/binary/). Operands come before their instruction.
 */

/** Bytes of instructions. */
export type Code = readonly number[];

export interface WasmFunction {
  /** The function is exported by this name. */
  readonly name: string;
  /** Numbers (i32): the first locals. */
  readonly parameterCount: number;
  /** Vectors (v128): the locals after the parameters. */
  readonly vectorCount: number;
  readonly body: Code;
}

const I32 = 0x7f;
const V128 = 0x7b;
const FUNCTION = 0x60;
const EXPORTED_FUNCTION = 0;
const EXPORTED_MEMORY = 2;
const END = 0x0b;
const SIMD = 0xfd;
const SECTION = { type: 1, function: 3, memory: 5, export: 7, code: 10 };

/** Reads a local. */
export const get = (local: number): Code => [0x20, ...unsigned(local)];
/** Writes a local. */
export const set = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)];
/** Adds a number below 64 to a local. */
export const add = (local: number, count: number): Code => set(local, [...get(local), ...integer(count), 0x6a]);
export const load = (address: Code, offset: number = 0): Code => [...address, SIMD, 0x00, 0, ...unsigned(offset)];
export const store = (address: Code, value: Code): Code => [...address, ...value, SIMD, 0x0b, 0, 0];
export const and = (one: Code, other: Code): Code => [...one, ...other, SIMD, 0x4e];
export const xor = (one: Code, other: Code): Code => [...one, ...other, SIMD, 0x51];
export const shiftedRight = (value: Code, bits: number): Code => [...value, ...integer(bits), SIMD, ...unsigned(0xcd)];
/** Looks up bytes of a vector by their indexes, which are another vector. Gives 0 for the index 0x80 and above. */
export const swizzle = (bytes: Code, indexes: Code): Code => [...bytes, ...indexes, SIMD, 0x0e];
/** As {@link swizzle} for indexes below 16 and from 0x80, and one instruction shorter on most processors. */
export const relaxedSwizzle = (bytes: Code, indexes: Code): Code => [...bytes, ...indexes, SIMD, ...unsigned(0x100)];
/** Repeats `body` while one local is less than another. */
export const loopWhileLess = (body: Code, one: number, other: number): Code => [
  0x03,
  0x40,
  ...body,
  ...get(one),
  ...get(other),
  0x49,
  0x0d,
  0,
  END,
];

/** The address 0, for a `load` whose offset is the address. */
export const ZERO: Code = integer(0);

/** @param pageCount - Of memory, 64 KB each, at the start. It is exported as `memory`. */
export function wasmModule(functions: readonly WasmFunction[], pageCount: number): Uint8Array {
  const types = functions.map(({ parameterCount }) => [
    FUNCTION,
    ...vector(Array.from({ length: parameterCount }, () => [I32])),
    ...vector([]),
  ]);
  const bodies = functions.map(({ vectorCount, body }) => {
    const locals = vector([[...unsigned(vectorCount), V128]]);
    return sized([...locals, ...body, END]);
  });
  const exported = functions.map(({ name }, index) => [...text(name), EXPORTED_FUNCTION, ...unsigned(index)]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // "\0asm", version 1.
    ...section(SECTION.type, types),
    ...section(
      SECTION.function,
      functions.map((_, index) => unsigned(index)),
    ),
    ...section(SECTION.memory, [[0, ...unsigned(pageCount)]]),
    ...section(SECTION.export, [...exported, [...text('memory'), EXPORTED_MEMORY, 0]]),
    ...section(SECTION.code, bodies),
  ]);
}

function section(id: number, items: readonly Code[]): Code {
  return [id, ...sized(vector(items))];
}

function vector(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items.flat()];
}

function sized(bytes: Code): Code {
  return [...unsigned(bytes.length), ...bytes];
}

function text(name: string): Code {
  return sized([...new TextEncoder().encode(name)]);
}

/** LEB128. */
function unsigned(number: number): Code {
  return number < 0x80 ? [number] : [(number & 0x7f) | 0x80, ...unsigned(number >>> 7)];
}

/** A constant i32 below 64, which one byte of signed LEB128 holds. */
function integer(number: number): Code {
  return [0x41, number];
}
