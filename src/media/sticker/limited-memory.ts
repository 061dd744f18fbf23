/** Of WebAssembly (https://webassembly.github.io/spec/core/binary/modules.html). */
const HEADER_BYTES = 8;
const MEMORY_SECTION = 5;
const HAS_MAXIMUM = 1;
/** Bytes. */
const PAGE = 65_536;

/**
 * A WebAssembly program whose memory grows to a size and no further, whatever it asks for: the maximum that it declares
 * is replaced, and the engine holds it to that. An allocation beyond it fails inside the program.
 *
 * @param program - With one memory of its own, as compilers make it.
 * @param mostBytes - Rounded down to pages of 64 KiB; at least what the program begins with.
 * @throws {Error} when it has no such memory.
 */
export function withLimitedMemory(program: Uint8Array, mostBytes: number): Uint8Array {
  for (let at = HEADER_BYTES; at < program.length;) {
    const size = readNumber(program, at + 1);
    const end = size.end + size.value;
    if (program[at] === MEMORY_SECTION) {
      const [count = 0, flags = 0] = program.subarray(size.end);
      if (count !== 1 || flags > HAS_MAXIMUM) break;
      const least = readNumber(program, size.end + 2).value;
      const most = Math.max(least, Math.floor(mostBytes / PAGE));
      const memory = [1, HAS_MAXIMUM, ...written(least), ...written(most)];
      const section = [MEMORY_SECTION, ...written(memory.length), ...memory];
      return Buffer.concat([program.subarray(0, at), Uint8Array.from(section), program.subarray(end)]);
    }
    at = end;
  }
  throw new Error('The player has no memory that could be limited.');
}

/** LEB128 without a sign. */
function readNumber(bytes: Uint8Array, start: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let at = start, factor = 1; ; at += 1, factor *= 128) {
    const byte = bytes[at];
    if (byte === undefined) throw new Error('The player ends in the middle of a number.');
    value += (byte % 128) * factor;
    if (byte < 128) return { value, end: at + 1 };
  }
}

function written(value: number): readonly number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...written(Math.floor(value / 128))];
}
