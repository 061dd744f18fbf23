import { ChatferryError } from '../../errors/chatferry-error.js';
import type { TlObject, TlValue } from './tl-object.js';
import { ByteWriter } from './byte-writer.js';
import { ConstructorId } from './constructor-ids.js';
import { neutralValue } from './neutral-value.js';
import { typeName, type TlDefinition, type TlSchema, type TlType } from './schema.js';
import { writePlan, type WriteStep } from './write-plan.js';

export interface TlWriterOptions {
  /** The layer to write in. */
  readonly schema: TlSchema;
  /** The other layers a value may be spelled in; they tell a foreign name from a misspelled one. */
  readonly knownLayers?: readonly TlSchema[];
  /** Makes the `file_reference` of a photo or document that is about to be written. */
  readonly fileReference?: (owner: TlObject) => Uint8Array;
}

/**
 * Writes plain data as one layer spells it. Flag words are derived from the fields present. What the layer wants and
 * the value lacks is filled in neutrally; a constructor that only another layer has becomes the one of its type that
 * stands for nothing (`messageActionEmpty`, `messageMediaUnsupported`), with the fields both share kept.
 *
 * Messages are written once and remembered by identity, so a changed message must be a new object. A value
 * `{ _: '#raw', bytes }` is written as it is: that is how a test sends what no schema knows.
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

  /** Forgets the remembered bytes, because the file references in them have expired. */
  forget(): void {
    this.#writtenMessages = new WeakMap();
  }

  /** @throws {ChatferryError} `UNDECODABLE` for a constructor that no layer knows, by name. */
  write(value: TlValue, type: TlType): Buffer {
    // A file part is one large field: room for it at once saves copying it while the buffer grows.
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

  /** What this layer writes for `value` where `type` is wanted. */
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
          `No schema knows the constructor "${value._}". Spell it as the schema does.`,
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
