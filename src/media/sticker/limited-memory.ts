/** Of WebAssembly (https://webassembly.github.io/spec/core/binary/modules.html). */
const HEADER_BYTES = 8;
const MEMORY_SECTION = 5;
const HAS_MAXIMUM = 1;
/** Bytes. */
const PAGE = 65_536;

/**
 * Limits the memory of a WebAssembly program: replaces its declared maximum, which the engine enforces. A larger allocation
 * fails inside the program.
 *
 * @param program - With one memory of its own, as compilers emit it.
 * @param maxBytes - Rounded down to pages of 64 KiB; at least the initial memory of the program.
 * @throws {Error} when it has no such memory.
 */
export function withLimitedMemory(program: Uint8Array, maxBytes: number): Uint8Array<ArrayBuffer> {
  for (let at = HEADER_BYTES; at < program.length;) {
    const size = readNumber(program, at + 1);
    const end = size.end + size.value;
    if (program[at] === MEMORY_SECTION) {
      const [count = 0, flags = 0] = program.subarray(size.end);
      if (count !== 1 || flags > HAS_MAXIMUM) break;
      const least = readNumber(program, size.end + 2).value;
      const most = Math.max(least, Math.floor(maxBytes / PAGE));
      const memory = [1, HAS_MAXIMUM, ...written(least), ...written(most)];
      const section = [MEMORY_SECTION, ...written(memory.length), ...memory];
      return Buffer.concat([program.subarray(0, at), Uint8Array.from(section), program.subarray(end)]);
    }
    at = end;
  }
  throw new Error('The player has no memory that could be limited.');
}

/** Unsigned LEB128. */
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
