import type { TlDefinition, TlType } from './schema.js';

/** One step of writing a constructor, in order. */
export type WriteStep =
  | {
      readonly kind: 'flags';
      /** The fields whose presence sets bits of the word. */
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

/** The steps of writing a constructor. Fields of type `flags.N?true` exist only in their flag word and need no step. */
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
