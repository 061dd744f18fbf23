import { describe, expect, it } from 'vitest';

import { rendererFor } from '../../src/cli/renderers.js';

describe('rendererFor', () => {
  it('refuses an unknown format and names the known ones', () => {
    expect(() => rendererFor('docx')).toThrow('There is no format "docx". Formats: json');
  });
});
