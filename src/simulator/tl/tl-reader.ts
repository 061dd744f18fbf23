import { unzipSync } from 'node:zlib';
import { ChatferryError } from '../../errors/chatferry-error.js';
import type { TlObject, TlValue } from './tl-object.js';
import { ConstructorId } from './constructor-ids.js';
import type { TlDefinition, TlSchema, TlType } from './schema.js';

/** Limit for decompressed requests, against decompression bombs. */
const MAX_UNPACKED_BYTES = 16 * 1024 * 1024;

/**
 * Reads TL values from a buffer. Constructors are looked up in the schemas in the given order, so requests of clients
 * can be read whose layer is unknown, or which mix layers.
 *
 * @throws {ChatferryError} `UNDECODABLE` from every method, at an unknown id or if the bytes are truncated.
 */
export class TlReader {
  readonly #bytes: Buffer;
  readonly #schemas: readonly TlSchema[];
  #position = 0;

  constructor(bytes: Buffer, schemas: readonly TlSchema[]) {
    this.#bytes = bytes;
    this.#schemas = schemas;
  }

  /** Number of bytes read. */
  get position(): number {
    return this.#position;
  }

  get remaining(): number {
    return this.#bytes.length - this.#position;
  }

  /** A view of the next bytes, not a copy. */
  raw(length: number): Buffer {
    return this.#bytes.subarray(this.#take(length), this.#position);
  }

  int(): number {
    return this.#bytes.readInt32LE(this.#take(4));
  }

  uint(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  long(): bigint {
    return this.#bytes.readBigInt64LE(this.#take(8));
  }

  /** The next constructor id, without moving the position. */
  peekId(): number {
    const id = this.uint();
    this.#position -= 4;
    return id;
  }

  bytes(): Buffer {
    let length = this.#bytes.readUInt8(this.#take(1));
    let header = 1;
    if (length === 254) {
      length = this.#bytes.readUIntLE(this.#take(3), 3);
      header = 4;
    }
    const content = Buffer.from(this.raw(length));
    this.#take((4 - ((header + length) % 4)) % 4);
    return content;
  }

  /** A boxed object or method call, decompressed if it is `gzip_packed`. */
  object(): TlObject {
    const id = this.uint();
    if (id === ConstructorId.gzipPacked) {
      const unpacked = new TlReader(unpack(this.bytes()), this.#schemas);
      return unpacked.object();
    }
    return this.#fields(this.#definition(id));
  }

  value(type: TlType): TlValue {
    switch (type.kind) {
      case 'int':
      case 'flags':
        return this.int();
      case 'long':
        return this.long();
      case 'double':
        return this.#bytes.readDoubleLE(this.#take(8));
      case 'string':
        return this.bytes().toString('utf8');
      case 'bytes':
        return this.bytes();
      case 'int128':
        return Buffer.from(this.raw(16));
      case 'int256':
        return Buffer.from(this.raw(32));
      case 'true':
        return true;
      case 'Bool':
        return this.#bool();
      case 'vector':
        return this.#vector(type.boxed, type.item);
      case 'bare':
        return this.#fields(this.#named(type.constructorName));
      case 'any':
      case 'boxed':
        return this.object();
    }
  }

  #fields(definition: TlDefinition): TlObject {
    const object: Record<string, TlValue> & { _: string } = { _: definition.name };
    const words = new Map<string, number>();
    for (const { name, type, flag } of definition.fields) {
      if (type.kind === 'flags') words.set(name, this.uint());
      else if (flag === undefined) object[name] = this.value(type);
      else if (((words.get(flag.word) ?? 0) & (2 ** flag.bit)) !== 0) object[name] = this.value(type);
    }
    return object;
  }

  #vector(boxed: boolean, item: TlType): TlValue[] {
    if (boxed && this.uint() !== ConstructorId.vector) throw this.#failure('a vector was expected');
    const count = this.uint();
    if (count > this.remaining) throw this.#failure(`a vector of ${count} elements cannot fit`);
    return Array.from({ length: count }, () => this.value(item));
  }

  #bool(): boolean {
    const id = this.uint();
    if (id === ConstructorId.boolTrue) return true;
    if (id === ConstructorId.boolFalse) return false;
    throw this.#failure('a Bool was expected');
  }

  #definition(id: number): TlDefinition {
    for (const schema of this.#schemas) {
      const found = schema.byId(id);
      if (found !== undefined) return found;
    }
    throw this.#failure(`no schema has the constructor #${id.toString(16)}`);
  }

  #named(name: string): TlDefinition {
    for (const schema of this.#schemas) {
      const found = schema.constructorNamed(name);
      if (found !== undefined) return found;
    }
    throw this.#failure(`no schema has the constructor ${name}`);
  }

  /** Advances the position and returns the previous one. */
  #take(length: number): number {
    const start = this.#position;
    if (length > this.#bytes.length - start) throw this.#failure(`${length} bytes were expected`);
    this.#position = start + length;
    return start;
  }

  #failure(reason: string): ChatferryError {
    return new ChatferryError('UNDECODABLE', `TL at byte ${this.#position} of ${this.#bytes.length}: ${reason}.`);
  }
}

/** `gzip_packed` should contain gzip data; some clients send zlib data. */
function unpack(packed: Buffer): Buffer {
  try {
    return unzipSync(packed, { maxOutputLength: MAX_UNPACKED_BYTES });
  } catch (error) {
    throw new ChatferryError('UNDECODABLE', `gzip_packed of ${packed.length} bytes cannot be decompressed.`, {
      cause: error,
    });
  }
}
