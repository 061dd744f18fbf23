import { kindOf, layoutOf, type TlKind, type TlLayout } from './tl-layouts.js';

/** Why bytes were rejected. */
export type AnswerFault =
  /** A constructor of a newer schema, or random bytes. Its end cannot be determined. */
  | { readonly kind: 'unknown'; readonly constructorId: number }
  /** A known constructor of the wrong type, a truncated value, or a list with more elements than bytes. */
  | { readonly kind: 'broken'; readonly what: string }
  /** Exceeds a limit for one answer. */
  | { readonly kind: 'costly'; readonly what: string };

const VECTOR = 0x1cb5c415;
const TRUE = 0x997275b5;
const FALSE = 0xbc799737;

/**
 * Maximum heap size of the objects of one answer. A page of 100 messages with a hundred entities each, and their
 * senders, takes 8 MB; up to eight pages are requested concurrently.
 */
export const MAX_HEAP_BYTES: number = 40 * 1024 * 1024;
// Measured with gramjs 2.26 on Node 20: a user of 20 bytes in TL has 46 fields and takes 6.2 KB. A bigInt, a string or
// a Buffer takes about as much as a field.
const OBJECT_BYTES = 160;
const FIELD_BYTES = 140;
const ELEMENT_BYTES = 100;
/** Instant View pages and formatted texts stay below 20. The stack depth of gramjs grows with the nesting. */
const MAX_DEPTH = 100;

const INVALID = -1;

/**
 * Validates the bytes of an answer against the schema without creating objects: all counts must fit into the bytes,
 * every object must have the type of its field, and the estimated memory must stay below a limit. gramjs can then read
 * the answer to its end in bounded memory and time.
 */
export class AnswerCheck {
  readonly #bytes: Buffer;
  #heapBytesLeft: number;
  #depth = 0;
  #fault: AnswerFault | undefined;
  #reached = 0;

  /** @param maxHeapBytes - Limit for all values that this object checks, together. */
  constructor(bytes: Buffer, maxHeapBytes: number = MAX_HEAP_BYTES) {
    this.#bytes = bytes;
    this.#heapBytesLeft = maxHeapBytes;
  }

  /** Why the last check failed. */
  get fault(): AnswerFault {
    return this.#fault ?? { kind: 'broken', what: 'nothing' };
  }

  /** The start of the last object that was checked: a measure of the work done. */
  get reached(): number {
    return this.#reached;
  }

  /**
   * The end of the value that begins at `start`.
   *
   * @param type - The type as in the schema: `Message`, `Vector<User>`.
   * @param maxElements - Maximum number of elements, if it is a list.
   * @returns undefined if the value is invalid; {@link AnswerCheck.fault} says why.
   */
  endOf(start: number, type: string, maxElements: number = Infinity): number | undefined {
    const kind = kindOf(type);
    this.#depth = 0;
    this.#reached = start;
    if (kind === undefined) return this.#result(this.#fail({ kind: 'broken', what: `a value of the type ${type}` }));
    return this.#result(kind.kind === 'list' ? this.#list(start, kind, maxElements) : this.#value(start, kind));
  }

  /**
   * The element count of the boxed list at `position`; undefined if there is none, or it does not fit into the bytes.
   */
  countAt(position: number): number | undefined {
    const end = this.#listHead(position, true);
    return end === INVALID ? undefined : this.#bytes.readInt32LE(end - 4);
  }

  /** Whether the memory limit permits a list of `count` elements. If not, sets {@link AnswerCheck.fault}. */
  affordsList(count: number): boolean {
    return this.#afford(ELEMENT_BYTES * count);
  }

  #result(end: number): number | undefined {
    return end === INVALID ? undefined : end;
  }

  #value(position: number, kind: TlKind): number {
    switch (kind.kind) {
      case 'bytes':
        return this.#within(position + kind.size);
      case 'flags':
        return this.#within(position + 4);
      case 'string':
        return this.#string(position);
      case 'object':
        return this.#object(position, kind.type);
      case 'list':
        return this.#list(position, kind, Infinity);
    }
  }

  #object(position: number, type: string): number {
    if (position + 4 > this.#bytes.length) return this.#truncated();
    this.#reached = position;
    const constructorId = this.#bytes.readUInt32LE(position);
    if (type === 'Bool') {
      return constructorId === TRUE || constructorId === FALSE ? position + 4 : this.#wrongType(constructorId, type);
    }
    const layout = layoutOf(constructorId);
    if (layout?.type !== type) return this.#wrongType(constructorId, type);
    if (!this.#afford(OBJECT_BYTES + FIELD_BYTES * layout.fieldCount)) return INVALID;
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) {
      return this.#fail({ kind: 'costly', what: `objects nested more than ${MAX_DEPTH} deep` });
    }
    const end = this.#fields(position + 4, layout);
    this.#depth -= 1;
    return end;
  }

  #fields(start: number, { fields }: TlLayout): number {
    const bytes = this.#bytes;
    let position = start;
    let first = 0;
    let second = 0;
    let wordCount = 0;
    for (const { kind, condition } of fields) {
      if (condition !== undefined) {
        const word = condition.word === 0 ? first : second;
        if ((word & condition.mask) === 0) continue;
      }
      if (kind.kind === 'bytes') {
        position += kind.size;
        continue;
      }
      if (position + 4 > bytes.length) return this.#truncated();
      if (kind.kind === 'flags') {
        if (wordCount === 0) first = bytes.readInt32LE(position);
        else second = bytes.readInt32LE(position);
        wordCount += 1;
        position += 4;
        continue;
      }
      position = this.#value(position, kind);
      if (position === INVALID) return INVALID;
    }
    return this.#within(position);
  }

  #list(start: number, { isBoxed, element }: TlKind & { readonly kind: 'list' }, maxElements: number): number {
    const head = this.#listHead(start, isBoxed);
    if (head === INVALID) return INVALID;
    const count = this.#bytes.readInt32LE(head - 4);
    if (count > maxElements) {
      return this.#fail({ kind: 'broken', what: `a list of ${count} where ${maxElements} were requested` });
    }
    if (element.kind === 'bytes') {
      return this.#afford(ELEMENT_BYTES * count) ? this.#within(head + element.size * count) : INVALID;
    }
    let position = head;
    for (let index = 0; index < count; index += 1) {
      if (element.kind !== 'object' && !this.#afford(ELEMENT_BYTES)) return INVALID;
      position = this.#value(position, element);
      if (position === INVALID) return INVALID;
    }
    return position;
  }

  /** @returns the start of the first element. Every element takes at least four bytes. */
  #listHead(position: number, isBoxed: boolean): number {
    const head = position + (isBoxed ? 8 : 4);
    if (head > this.#bytes.length) return this.#truncated();
    if (isBoxed && this.#bytes.readUInt32LE(position) !== VECTOR) {
      return this.#wrongType(this.#bytes.readUInt32LE(position), 'list');
    }
    const count = this.#bytes.readInt32LE(head - 4);
    const byteCount = this.#bytes.length - head;
    if (count >= 0 && count * 4 <= byteCount) return head;
    return this.#fail({ kind: 'broken', what: `a list of ${count} elements in ${byteCount} bytes` });
  }

  #string(position: number): number {
    const bytes = this.#bytes;
    if (position >= bytes.length) return this.#truncated();
    const short = bytes.readUInt8(position);
    if (short < 254) return this.#within(position + ((short + 4) & ~3));
    if (position + 4 > bytes.length) return this.#truncated();
    return this.#within(position + 4 + ((bytes.readUIntLE(position + 1, 3) + 3) & ~3));
  }

  #within(end: number): number {
    return end <= this.#bytes.length ? end : this.#truncated();
  }

  #afford(heapBytes: number): boolean {
    this.#heapBytesLeft -= heapBytes;
    if (this.#heapBytesLeft >= 0) return true;
    this.#fault = { kind: 'costly', what: 'more objects than any answer of Telegram' };
    return false;
  }

  #wrongType(constructorId: number, wanted: string): number {
    const known = constructorId === VECTOR ? 'list' : layoutOf(constructorId)?.type;
    if (known === undefined) return this.#fail({ kind: 'unknown', constructorId });
    return this.#fail({ kind: 'broken', what: `a ${known} instead of a ${wanted}` });
  }

  #truncated(): number {
    return this.#fail({ kind: 'broken', what: 'a truncated value' });
  }

  #fail(fault: AnswerFault): number {
    this.#fault = fault;
    return INVALID;
  }
}
