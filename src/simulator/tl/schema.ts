/** The type of one TL field, parsed once. Spellings of the schema (`flags.2?Vector<long>`) never reach the codec. */
export type TlType =
  | { readonly kind: 'int' | 'long' | 'double' | 'string' | 'bytes' | 'int128' | 'int256' | 'Bool' | 'true' | 'flags' }
  /** `!X` and `Object`: any boxed value. */
  | { readonly kind: 'any' }
  /** A boxed value of the named type, its constructor id on the wire. */
  | { readonly kind: 'boxed'; readonly type: string }
  /** A value of the named constructor, without its id on the wire. */
  | { readonly kind: 'bare'; readonly constructorName: string }
  | { readonly kind: 'vector'; readonly boxed: boolean; readonly item: TlType };

/** The bit that says whether a field is there. */
export interface TlFlag {
  /** The field that holds the flag word: `flags` or `flags2`. */
  readonly word: string;
  readonly bit: number;
}

export interface TlField {
  readonly name: string;
  readonly type: TlType;
  readonly flag?: TlFlag;
}

/** A constructor or a method of a schema. */
export interface TlDefinition {
  readonly name: string;
  /** Unsigned 32 bits. */
  readonly id: number;
  readonly fields: readonly TlField[];
  /** What a constructor belongs to (`Message`), or what a method answers. */
  readonly result: TlType;
  readonly isMethod: boolean;
}

/** One layer's constructors and methods, by name and by id. Names are unique; a method never shares one with a type. */
export class TlSchema {
  readonly layer: number;
  readonly #byName = new Map<string, TlDefinition>();
  readonly #methods = new Map<string, TlDefinition>();
  readonly #byId = new Map<number, TlDefinition>();
  readonly #byType = new Map<string, TlDefinition[]>();

  constructor(layer: number, definitions: Iterable<TlDefinition>) {
    this.layer = layer;
    for (const definition of definitions) {
      this.#byId.set(definition.id, definition);
      if (definition.isMethod) {
        this.#methods.set(definition.name, definition);
        continue;
      }
      this.#byName.set(definition.name, definition);
      const type = typeName(definition);
      const family = this.#byType.get(type);
      if (family === undefined) this.#byType.set(type, [definition]);
      else family.push(definition);
    }
  }

  /** A constructor by its schema name. */
  constructorNamed(name: string): TlDefinition | undefined {
    return this.#byName.get(name);
  }

  /** A method by its schema name (`messages.getHistory`). */
  method(name: string): TlDefinition | undefined {
    return this.#methods.get(name);
  }

  /** A constructor or a method by its id. */
  byId(id: number): TlDefinition | undefined {
    return this.#byId.get(id);
  }

  /** The constructors of a type, in the schema's order. Empty for a type that this layer lacks. */
  constructorsOf(type: string): readonly TlDefinition[] {
    return this.#byType.get(type) ?? [];
  }

  /** Every constructor and method. */
  definitions(): IterableIterator<TlDefinition> {
    return this.#byId.values();
  }
}

/** The name of the type that a constructor belongs to. */
export function typeName(definition: TlDefinition): string {
  return definition.result.kind === 'boxed' ? definition.result.type : definition.result.kind;
}
