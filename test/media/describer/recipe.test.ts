import { describe, expect, it } from 'vitest';

import { recipeName, withoutFfmpeg } from '../../../src/media/recipe.js';

describe('the name of a recipe', () => {
  it.each([
    [{}, 'v2'],
    [{ storyboard: false, stripMetadata: false }, 'v2'],
    [{ storyboard: true, transcode: 'small', stripMetadata: true }, 'v2+storyboard+small+stripped'],
    [{ transcode: 'balanced' }, 'v2+balanced'],
  ] as const)('has a word for each wish: %o is %s', (wishes, name) => {
    expect(recipeName(wishes)).toBe(name);
  });

  it('tells what was made without ffmpeg apart', () => {
    expect(withoutFfmpeg('v2+small')).toBe('v2+small-ffmpeg');
  });
});
