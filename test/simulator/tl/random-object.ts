import type { TlDefinition, TlSchema, TlType } from '../../../src/simulator/tl/schema.js';
import type { TlObject, TlValue } from '../../../src/simulator/tl/tl-object.js';
import type { SeededRandom } from '../../../src/simulator/world/seeded-random.js';

/** Deeper than this, optional fields stay away and types are answered with their smallest constructor. */
const MAX_DEPTH = 3;

/** Any object of a constructor, as the reader would give it back: absent flags are absent keys. */
export function randomObject(schema: TlSchema, definition: TlDefinition, random: SeededRandom, depth = 0): TlObject {
  const object: Record<string, TlValue> & { _: string } = { _: definition.name };
  const presentBits = new Map<string, boolean>();
  for (const { name, type, flag } of definition.fields) {
    if (type.kind === 'flags') continue;
    if (flag !== undefined) {
      // Fields that share a bit come together or not at all.
      const key = `${flag.word}.${flag.bit}`;
      const isPresent = presentBits.get(key) ?? (depth < MAX_DEPTH && below(random, 2) === 0);
      presentBits.set(key, isPresent);
      if (!isPresent) continue;
    }
    object[name] = randomValue(schema, type, random, depth + 1);
  }
  return object;
}

function randomValue(schema: TlSchema, type: TlType, random: SeededRandom, depth: number): TlValue {
  switch (type.kind) {
    case 'int':
    case 'flags':
      return below(random, 2 ** 32) - 2 ** 31;
    case 'long':
      return BigInt.asIntN(64, random.long());
    case 'double':
      return below(random, 1_000_000) / 7;
    case 'string':
      return ['', 'kurz', 'Ж漢🙂', 'x'.repeat(253), 'y'.repeat(254), 'z'.repeat(1000)][below(random, 6)];
    case 'bytes':
      return Buffer.alloc(below(random, 300), below(random, 256));
    case 'int128':
      return Buffer.alloc(16, below(random, 256));
    case 'int256':
      return Buffer.alloc(32, below(random, 256));
    case 'true':
      return true;
    case 'Bool':
      return below(random, 2) === 0;
    case 'vector':
      return Array.from({ length: depth < MAX_DEPTH ? below(random, 3) : 0 }, () =>
        randomValue(schema, type.item, random, depth),
      );
    case 'bare':
      return randomObject(schema, found(schema.constructorNamed(type.constructorName)), random, depth);
    case 'any':
      return { _: 'help.getConfig' };
    case 'boxed': {
      const family = schema.constructorsOf(type.type);
      const smallest = family.toSorted((a, b) => required(a) - required(b))[0];
      return randomObject(
        schema,
        found(depth < MAX_DEPTH ? family[below(random, family.length)] : smallest),
        random,
        depth,
      );
    }
  }
}

function required(definition: TlDefinition): number {
  return definition.fields.filter(({ flag, type }) => flag === undefined && type.kind !== 'flags').length;
}

function found(definition: TlDefinition | undefined): TlDefinition {
  if (definition === undefined) throw new RangeError('The schema lacks a constructor that it refers to.');
  return definition;
}

/** 0 … limit - 1. */
function below(random: SeededRandom, limit: number): number {
  return random.int(0, limit - 1);
}
