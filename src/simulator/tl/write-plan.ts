import type { TlDefinition, TlType } from './schema.js';

/** One thing to write of a constructor, in wire order. */
export type WriteStep =
  | {
      readonly kind: 'flags';
      /** The fields whose presence makes up the word. */
      readonly bits: readonly { readonly mask: number; readonly field: string; readonly isTrue: boolean }[];
      readonly word: string;
    }
  | {
      readonly kind: 'field';
      readonly name: string;
      readonly type: TlType;
      readonly word?: string;
      readonly mask: number;
    };

/** What to write of a constructor; `flags.N?true` fields live in their word alone and are no steps. */
export function writePlan(definition: TlDefinition): readonly WriteStep[] {
  const steps: WriteStep[] = [];
  for (const { name, type, flag } of definition.fields) {
    if (type.kind === 'flags') {
      const bits = definition.fields
        .filter((field) => field.flag?.word === name)
        .map((field) => ({ mask: 2 ** (field.flag?.bit ?? 0), field: field.name, isTrue: field.type.kind === 'true' }));
      steps.push({ kind: 'flags', word: name, bits });
    } else if (flag === undefined) {
      steps.push({ kind: 'field', name, type, mask: 0 });
    } else if (type.kind !== 'true') {
      steps.push({ kind: 'field', name, type, word: flag.word, mask: 2 ** flag.bit });
    }
  }
  return steps;
}
