import { readFileSync } from 'node:fs';

import { instrument, type Instrumented } from './mutants.js';

export interface InstrumentedFile extends Instrumented {
  readonly file: string;
}

/** Instruments some files. The ids of their mutants are unique among them all, and the same each time. */
export function mutantsOf(files: readonly string[]): readonly InstrumentedFile[] {
  let firstId = 1;
  return files.map((file) => {
    const instrumented = instrument(file, readFileSync(file, 'utf8'), firstId);
    firstId += instrumented.mutants.length;
    return { file, ...instrumented };
  });
}
