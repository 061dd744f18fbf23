import { kindOf, layoutOf, type TlKind, type TlLayout } from './tl-layouts.js';

/** Why bytes are not what they should be. */
export type AnswerFault =
  /** A constructor of a newer schema, or noise: where it ends cannot be told. */
  | { readonly kind: 'unknown'; readonly constructorId: number }
  /** A known constructor in the wrong place, an end in the middle, a list with more elements than bytes. */
  | { readonly kind: 'broken'; readonly what: string }
  /** More than one answer may cost. */
  | { readonly kind: 'costly'; readonly what: string };

const VECTOR = 0x1cb5c415;
const TRUE = 0x997275b5;
const FALSE = 0xbc799737;

/**
 * What the objects of one answer may take of the heap. A page of 100 messages with a hundred entities each, and those who
 * wrote them, takes 8 MB; eight pages are under way at once.
 */
export const MOST_HEAP_BYTES: number = 40 * 1024 * 1024;
// Measured on gramjs 2.26 with Node 20: a user of 20 bytes on the wire has 46 fields and takes 6.2 KB; a bigInt, a string
// or a Buffer take about as much as a field.
const OBJECT_BYTES = 160;
const FIELD_BYTES = 140;
const ELEMENT_BYTES = 100;
/** Instant-view pages and formatted texts stay below 20. gramjs goes as deep on the stack. */
const MOST_DEPTH = 100;

const CANNOT = -1;

/**
 * Walks through the bytes of an answer by the schema without making anything of them: whether all counts fit into the
 * bytes, every object is of the type that its place asks for, and the whole is not too much. What it has passed, gramjs
 * reads to its end, in memory and time that are known beforehand.
 */
export class AnswerCheck {
  readonly #bytes: Buffer;
  #heapBytesLeft: number;
  #depth = 0;
  #fault: AnswerFault | undefined;
  #reached = 0;

  /** @param mostHeapBytes - For all that is walked through by this check. */
  constructor(bytes: Buffer, mostHeapBytes: number = MOST_HEAP_BYTES) {
    this.#bytes = bytes;
    this.#heapBytesLeft = mostHeapBytes;
  }

  /** Why the last walk did not come to an end. */
  get fault(): AnswerFault {
    return this.#fault ?? { kind: 'broken', what: 'nothing' };
  }

  /** Where the last object begins that was looked at: what the walk has cost. */
  get reached(): number {
    return this.#reached;
  }

  /**
   * Where the value of a type ends that begins at `start`.
   *
   * @param type - As the schema writes it: `Message`, `Vector<User>`.
   * @param mostElements - When it is a list: how many it may have.
   * @returns undefined when it does not; {@link AnswerCheck.fault} says why.
   */
  endOf(start: number, type: string, mostElements: number = Infinity): number | undefined {
    const kind = kindOf(type);
    this.#depth = 0;
    this.#reached = start;
    if (kind === undefined) return this.#unless(this.#fail({ kind: 'broken', what: `a value of the type ${type}` }));
    return this.#unless(kind.kind === 'list' ? this.#list(start, kind, mostElements) : this.#value(start, kind));
  }

  /** The element count of the boxed list at `position`; undefined when there is none that fits into the bytes. */
  countAt(position: number): number | undefined {
    const end = this.#listHead(position, true);
    return end === CANNOT ? undefined : this.#bytes.readInt32LE(end - 4);
  }

  /** Whether a list of so many may be kept, whatever is in it. {@link AnswerCheck.fault} says so when not. */
  affordsList(count: number): boolean {
    return this.#afford(ELEMENT_BYTES * count);
  }

  #unless(end: number): number | undefined {
    return end === CANNOT ? undefined : end;
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
    if (position + 4 > this.#bytes.length) return this.#cutOff();
    this.#reached = position;
    const constructorId = this.#bytes.readUInt32LE(position);
    if (type === 'Bool') {
      return constructorId === TRUE || constructorId === FALSE ? position + 4 : this.#strange(constructorId, type);
    }
    const layout = layoutOf(constructorId);
    if (layout?.type !== type) return this.#strange(constructorId, type);
    if (!this.#afford(OBJECT_BYTES + FIELD_BYTES * layout.fieldCount)) return CANNOT;
    this.#depth += 1;
    if (this.#depth > MOST_DEPTH) {
      return this.#fail({ kind: 'costly', what: `objects nested more than ${MOST_DEPTH} deep` });
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
      if (position + 4 > bytes.length) return this.#cutOff();
      if (kind.kind === 'flags') {
        if (wordCount === 0) first = bytes.readInt32LE(position);
        else second = bytes.readInt32LE(position);
        wordCount += 1;
        position += 4;
        continue;
      }
      position = this.#value(position, kind);
      if (position === CANNOT) return CANNOT;
    }
    return this.#within(position);
  }

  #list(start: number, { isBoxed, element }: TlKind & { readonly kind: 'list' }, mostElements: number): number {
    const head = this.#listHead(start, isBoxed);
    if (head === CANNOT) return CANNOT;
    const count = this.#bytes.readInt32LE(head - 4);
    if (count > mostElements) {
      return this.#fail({ kind: 'broken', what: `a list of ${count} where ${mostElements} were asked for` });
    }
    if (element.kind === 'bytes') {
      return this.#afford(ELEMENT_BYTES * count) ? this.#within(head + element.size * count) : CANNOT;
    }
    let position = head;
    for (let index = 0; index < count; index += 1) {
      if (element.kind !== 'object' && !this.#afford(ELEMENT_BYTES)) return CANNOT;
      position = this.#value(position, element);
      if (position === CANNOT) return CANNOT;
    }
    return position;
  }

  /** @returns where the first element is. Every element takes four bytes at least. */
  #listHead(position: number, isBoxed: boolean): number {
    const head = position + (isBoxed ? 8 : 4);
    if (head > this.#bytes.length) return this.#cutOff();
    if (isBoxed && this.#bytes.readUInt32LE(position) !== VECTOR) {
      return this.#strange(this.#bytes.readUInt32LE(position), 'list');
    }
    const count = this.#bytes.readInt32LE(head - 4);
    const byteCount = this.#bytes.length - head;
    if (count >= 0 && count * 4 <= byteCount) return head;
    return this.#fail({ kind: 'broken', what: `a list of ${count} elements in ${byteCount} bytes` });
  }

  #string(position: number): number {
    const bytes = this.#bytes;
    if (position >= bytes.length) return this.#cutOff();
    const short = bytes.readUInt8(position);
    if (short < 254) return this.#within(position + ((short + 4) & ~3));
    if (position + 4 > bytes.length) return this.#cutOff();
    return this.#within(position + 4 + ((bytes.readUIntLE(position + 1, 3) + 3) & ~3));
  }

  #within(end: number): number {
    return end <= this.#bytes.length ? end : this.#cutOff();
  }

  #afford(heapBytes: number): boolean {
    this.#heapBytesLeft -= heapBytes;
    if (this.#heapBytesLeft >= 0) return true;
    this.#fault = { kind: 'costly', what: 'more objects than any answer of Telegram has' };
    return false;
  }

  #strange(constructorId: number, wanted: string): number {
    const known = constructorId === VECTOR ? 'list' : layoutOf(constructorId)?.type;
    if (known === undefined) return this.#fail({ kind: 'unknown', constructorId });
    return this.#fail({ kind: 'broken', what: `a ${known} in the place of a ${wanted}` });
  }

  #cutOff(): number {
    return this.#fail({ kind: 'broken', what: 'an end in the middle of something' });
  }

  #fail(fault: AnswerFault): number {
    this.#fault = fault;
    return CANNOT;
  }
}
