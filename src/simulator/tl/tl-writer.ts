import { ChatferryError } from '../../errors/chatferry-error.js';
import type { TlObject, TlValue } from './tl-object.js';
import { ByteWriter } from './byte-writer.js';
import { ConstructorId } from './constructor-ids.js';
import { neutralValue } from './neutral-value.js';
import { typeName, type TlDefinition, type TlSchema, type TlType } from './schema.js';
import { writePlan, type WriteStep } from './write-plan.js';

export interface TlWriterOptions {
  /** The layer to write. */
  readonly schema: TlSchema;
  /**
   * The other layers that a value may come from. They distinguish a constructor of another layer from a misspelled one.
   */
  readonly knownLayers?: readonly TlSchema[];
  /** Makes the `file_reference` of a photo or document that is about to be written. */
  readonly fileReference?: (owner: TlObject) => Uint8Array;
}

/**
 * Serialises plain data in one layer. Flag words are derived from the fields that are present. Missing required fields
 * get default values. A constructor that only another layer has is replaced by the empty constructor of its type
 * (`messageActionEmpty`, `messageMediaUnsupported`); fields that both have are kept.
 *
 * Serialised messages are cached by object identity, so a changed message must be a new object. A value
 * `{ _: '#raw', bytes }` is written unchanged, so that tests can send data that no schema has.
 */
export class TlWriter {
  readonly #schema: TlSchema;
  readonly #knownLayers: readonly TlSchema[];
  readonly #fileReference: ((owner: TlObject) => Uint8Array) | undefined;
  readonly #plans = new Map<TlDefinition, readonly WriteStep[]>();
  #writtenMessages = new WeakMap<TlObject, Buffer>();

  constructor({ schema, knownLayers = [], fileReference }: TlWriterOptions) {
    this.#schema = schema;
    this.#knownLayers = knownLayers;
    this.#fileReference = fileReference;
  }

  /** Clears the cache of messages, because the file references in them have expired. */
  clearCache(): void {
    this.#writtenMessages = new WeakMap();
  }

  /** Serialises a value. @throws {ChatferryError} `UNDECODABLE` for a constructor that no layer has, with its name. */
  write(value: TlValue, type: TlType): Buffer {
    // A file part is one large field. Enough capacity from the start avoids copying it when the buffer grows.
    const content = isObject(value) ? value['bytes'] : undefined;
    const out = new ByteWriter(content instanceof Uint8Array ? content.length + 256 : 4096);
    this.#value(out, type, value);
    return out.take();
  }

  #value(out: ByteWriter, type: TlType, value: TlValue): void {
    switch (type.kind) {
      case 'int':
      case 'flags':
        out.int(numberOf(value));
        break;
      case 'double':
        out.double(numberOf(value));
        break;
      case 'long':
        out.long(bigintOf(value));
        break;
      case 'string':
        if (typeof value === 'string') out.string(value);
        else out.bytes(bytesOf(value));
        break;
      case 'bytes':
        out.bytes(bytesOf(value));
        break;
      case 'int128':
      case 'int256':
        out.raw(fixed(bytesOf(value), type.kind === 'int128' ? 16 : 32));
        break;
      case 'true':
        break;
      case 'Bool':
        out.int(value === true ? ConstructorId.boolTrue : ConstructorId.boolFalse);
        break;
      case 'vector':
        this.#vector(out, type, Array.isArray(value) ? (value as readonly TlValue[]) : []);
        break;
      case 'any':
      case 'boxed':
      case 'bare':
        this.#object(out, type, value);
    }
  }

  #vector(out: ByteWriter, type: TlType & { readonly kind: 'vector' }, items: readonly TlValue[]): void {
    if (type.boxed) out.int(ConstructorId.vector);
    out.int(items.length);
    for (const item of items) this.#value(out, type.item, item);
  }

  #object(out: ByteWriter, type: TlType, value: TlValue): void {
    if (isObject(value) && value._ === '#raw') {
      out.raw(bytesOf(value['bytes']));
      return;
    }
    const known = isObject(value) ? this.#writtenMessages.get(value) : undefined;
    if (known !== undefined) {
      out.raw(known);
      return;
    }
    const { object, definition } = this.#resolve(type, value);
    if (typeName(definition) === 'Message' && type.kind !== 'bare') {
      const message = new ByteWriter(512);
      this.#boxed(message, definition, object);
      const bytes = message.take();
      if (isObject(value)) this.#writtenMessages.set(value, bytes);
      out.raw(bytes);
    } else if (type.kind === 'bare') this.#fields(out, definition, object);
    else this.#boxed(out, definition, object);
  }

  #boxed(out: ByteWriter, definition: TlDefinition, object: TlObject): void {
    out.int(definition.id);
    this.#fields(out, definition, object);
  }

  #fields(out: ByteWriter, definition: TlDefinition, object: TlObject): void {
    let plan = this.#plans.get(definition);
    if (plan === undefined) this.#plans.set(definition, (plan = writePlan(definition)));
    const words = new Map<string, number>();
    for (const step of plan) {
      if (step.kind === 'flags') {
        let word = 0;
        for (const { mask, field, isTrue } of step.bits) {
          const value = object[field];
          if (isTrue ? value === true : value !== undefined) word |= mask;
        }
        words.set(step.word, word);
        out.int(word);
      } else if (step.word === undefined || ((words.get(step.word) ?? 0) & step.mask) !== 0) {
        this.#value(out, step.type, this.#fieldValue(definition, object, step.name));
      }
    }
  }

  #fieldValue(definition: TlDefinition, object: TlObject, field: string): TlValue {
    if (
      field === 'file_reference' &&
      this.#fileReference &&
      (definition.name === 'photo' || definition.name === 'document')
    ) {
      return this.#fileReference(object);
    }
    return object[field];
  }

  /** The object and constructor that this layer writes for `value` in a field of type `type`. */
  #resolve(type: TlType, value: TlValue): { readonly object: TlObject; readonly definition: TlDefinition } {
    if (isObject(value)) {
      const definition = this.#schema.constructorNamed(value._) ?? this.#schema.method(value._);
      if (definition !== undefined && accepts(type, definition)) return { object: value, definition };
      if (
        definition === undefined &&
        !this.#knownLayers.some((layer) => layer.constructorNamed(value._) !== undefined)
      ) {
        throw new ChatferryError(
          'UNDECODABLE',
          `No schema has the constructor "${value._}". Use its name in the schema.`,
        );
      }
    }
    const wanted = type.kind === 'any' ? this.#typeElsewhere(value) : type;
    const neutral = neutralValue(this.#schema, wanted);
    const definition = isObject(neutral) ? this.#schema.constructorNamed(neutral._) : undefined;
    if (!isObject(neutral) || definition === undefined) {
      const name = isObject(value) ? value._ : typeof value;
      throw new ChatferryError(
        'UNDECODABLE',
        `Layer ${this.#schema.layer} cannot express "${name}" as ${JSON.stringify(wanted)}.`,
      );
    }
    if (!isObject(value)) return { object: neutral, definition };
    const shared = definition.fields
      .filter(({ name }) => value[name] !== undefined)
      .map(({ name }) => [name, value[name]]);
    return { object: { ...neutral, ...(Object.fromEntries(shared) as Record<string, TlValue>) }, definition };
  }

  #typeElsewhere(value: TlValue): TlType {
    for (const layer of this.#knownLayers) {
      const definition = isObject(value) ? layer.constructorNamed(value._) : undefined;
      if (definition !== undefined) return definition.result;
    }
    return { kind: 'any' };
  }
}

/** Whether a value is an object with fields, not a byte array, a vector or a scalar. */
export function isObject(value: TlValue): value is TlObject {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Uint8Array);
}

function accepts(type: TlType, definition: TlDefinition): boolean {
  if (type.kind === 'any') return true;
  if (type.kind === 'bare') return definition.name === type.constructorName;
  return type.kind === 'boxed' && typeName(definition) === type.type;
}

function numberOf(value: TlValue): number {
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : 0;
}

function bigintOf(value: TlValue): bigint {
  if (typeof value === 'bigint') return value;
  return typeof value === 'number' ? BigInt(Math.trunc(value)) : 0n;
}

const NOTHING: Uint8Array = new Uint8Array();

function bytesOf(value: TlValue): Uint8Array {
  if (value instanceof Uint8Array) return value;
  return typeof value === 'string' ? Buffer.from(value) : NOTHING;
}

function fixed(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length === length) return bytes;
  const exact = new Uint8Array(length);
  exact.set(bytes.subarray(0, length));
  return exact;
}
