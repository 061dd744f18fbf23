/**
 * The part of WebAssembly's interface that the cipher uses (https://webassembly.github.io/spec/js-api/). The types of Node
 * leave it out, and those of browsers would bring all of the DOM.
 */
interface WebAssemblyInterface {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
  readonly validate: (bytes: Uint8Array) => boolean;
}

/** The memory of a running program. */
export interface WasmMemory {
  /** Replaced by a larger one when the memory grows. */
  readonly buffer: ArrayBuffer;
  /** @param pageCount - To add, 64 KB each. */
  grow(pageCount: number): number;
}

declare const WebAssembly: WebAssemblyInterface;

/** Whether this Node has all instructions of a program. */
export function isRunnable(program: Uint8Array): boolean {
  return WebAssembly.validate(program);
}

/**
 * Compiles and starts a program.
 *
 * @returns what it exports, by name.
 * @throws {Error} when this Node lacks one of its instructions.
 */
export function startWasm(program: Uint8Array): unknown {
  return new WebAssembly.Instance(new WebAssembly.Module(program)).exports;
}
