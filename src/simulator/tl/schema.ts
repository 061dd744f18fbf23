/** The parsed type of a TL field. The codec never sees the notation of the schema (`flags.2?Vector<long>`). */
export type TlType =
  | { readonly kind: 'int' | 'long' | 'double' | 'string' | 'bytes' | 'int128' | 'int256' | 'Bool' | 'true' | 'flags' }
  /** `!X` and `Object`: any boxed value. */
  | { readonly kind: 'any' }
  /** A value of the named type, preceded by its constructor id. */
  | { readonly kind: 'boxed'; readonly type: string }
  /** A value of the named constructor, without its id. */
  | { readonly kind: 'bare'; readonly constructorName: string }
  | { readonly kind: 'vector'; readonly boxed: boolean; readonly item: TlType };

/** The bit that is set if an optional field is present. */
export interface TlFlag {
  /** The field with the flag word: `flags` or `flags2`. */
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
  /** The type of a constructor (`Message`), or the result type of a method. */
  readonly result: TlType;
  readonly isMethod: boolean;
}

/** The constructors and methods of one layer, by name and by id. */
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

  /** The constructors of a type, in the schema's order. Empty if this layer does not have the type. */
  constructorsOf(type: string): readonly TlDefinition[] {
    return this.#byType.get(type) ?? [];
  }

  /** All constructors and methods. */
  definitions(): IterableIterator<TlDefinition> {
    return this.#byId.values();
  }
}

/** The name of the type that a constructor belongs to. */
export function typeName(definition: TlDefinition): string {
  return definition.result.kind === 'boxed' ? definition.result.type : definition.result.kind;
}
