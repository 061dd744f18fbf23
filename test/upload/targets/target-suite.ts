import { describe } from 'vitest';

import type { TargetUnderTest } from './far-end.js';
import { endsOfFiles } from './suite/ends-of-files.js';
import { namesAndSizes } from './suite/names-and-sizes.js';
import { resumes } from './suite/resumes.js';
import { sameResults } from './suite/same-results.js';

/** What every target must do, whatever is behind it. */
export function describeTarget(under: TargetUnderTest): void {
  describe(`${under.name}, as every target,`, () => {
    namesAndSizes(under);
    resumes(under);
    endsOfFiles(under);
    sameResults(under);
  });
}
