import { readdirSync, readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

const read = (path: string): string => readFileSync(path, 'utf8').replaceAll('\r\n', '\n');

/** What the documents show as TypeScript. */
const blocks = readdirSync('docs')
  .filter((file) => file.endsWith('.md'))
  .flatMap((file) => [...read(`docs/${file}`).matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1]));

test.each(readdirSync('examples'))('A document shows examples/%s as it is', (file) => {
  expect(blocks).toContain(read(`examples/${file}`));
});
