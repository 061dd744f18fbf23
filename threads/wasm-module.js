// As much of an assembler for WebAssembly as a cipher needs (https://webassembly.github.io/spec/core/binary/). Code is a
// list of bytes: an instruction comes after what it takes.

const I32 = 0x7f;
const V128 = 0x7b;
const FUNCTION = 0x60;
const EXPORTED_FUNCTION = 0;
const EXPORTED_MEMORY = 2;
const END = 0x0b;
const SIMD = 0xfd;
const SECTION = { type: 1, function: 3, memory: 5, export: 7, code: 10 };

export const get = (local) => [0x20, ...unsigned(local)];
export const set = (local, value) => [...value, 0x21, ...unsigned(local)];
export const add = (local, count) => set(local, [...get(local), ...integer(count), 0x6a]);
export const load = (address, offset = 0) => [...address, SIMD, 0x00, 0, ...unsigned(offset)];
export const store = (address, value) => [...address, ...value, SIMD, 0x0b, 0, 0];
export const and = (one, other) => [...one, ...other, SIMD, 0x4e];
export const xor = (first, ...others) => [...first, ...others.flatMap((other) => [...other, SIMD, 0x51])];
export const shiftedRight = (value, bits) => [...value, ...integer(bits), SIMD, ...unsigned(0xcd)];
/** The bytes of a vector that another names; 0 for the name 0x80 and above. */
export const swizzle = (vector, names) => [...vector, ...names, SIMD, 0x0e];
/** As {@link swizzle} for names below 16 and from 0x80, and an instruction shorter on most processors. */
export const relaxedSwizzle = (vector, names) => [...vector, ...names, SIMD, ...unsigned(0x100)];
/** Again while one number is less than another. */
export const loopWhileLess = (body, one, other) => [
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

/** For an address: the offset says it all. */
export const ZERO = integer(0);

/**
 * @param functions `name`, `parameterCount` (i32, the first locals), `vectorCount` (v128, the locals after them), `body`.
 * @param pages of 64 KB, to begin with.
 */
export function wasmModule(functions, pages) {
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
    ...section(SECTION.memory, [[0, ...unsigned(pages)]]),
    ...section(SECTION.export, [...exported, [...text('memory'), EXPORTED_MEMORY, 0]]),
    ...section(SECTION.code, bodies),
  ]);
}

function section(id, items) {
  return [id, ...sized(vector(items))];
}

function vector(items) {
  return [...unsigned(items.length), ...items.flat()];
}

function sized(bytes) {
  return [...unsigned(bytes.length), ...bytes];
}

function text(name) {
  return sized([...new TextEncoder().encode(name)]);
}

/** LEB128. */
function unsigned(number) {
  return number < 0x80 ? [number] : [(number & 0x7f) | 0x80, ...unsigned(number >>> 7)];
}

/** A small i32: one byte of signed LEB128 holds less than 64. */
function integer(number) {
  return [0x41, number];
}
