import { writeFile } from 'node:fs/promises';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { drawFirstPage } from '../../../src/media/image/pdf-page.js';
import { needsProgram } from '../needs-program.js';
import { colourAt, distance, madeOf, Stage } from '../stage.js';

const needsPdftoppm = await needsProgram('pdftoppm', '-v');

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage[Symbol.asyncDispose]());

/** One page, 200 by 100 points, red on its left half. Readers repair the missing table of offsets. */
const PDF = `%PDF-1.4
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R>> endobj
4 0 obj <</Length 27>> stream
1 0 0 rg 0 0 100 100 re f  
endstream endobj
trailer <</Root 1 0 R>>
%%EOF
`;

describe('a PDF', () => {
  needsPdftoppm('has its first page as thumbnail and placeholder, whatever it is called', async () => {
    for (const name of ['plan.pdf', '-r 9000.pdf', '%d.pdf']) {
      const described = await stage.describe(await stage.put(name, PDF));
      expect(described.content).toMatchObject({ kind: 'document', mimeType: 'application/pdf' });
      expect(described.problems).toEqual([]);
      expect(described.derivatives).toMatchObject([{ kind: 'thumbnail', width: 320, height: 160 }]);
      expect(described.placeholder).toMatch(/^[\w+/]+=*$/);
      const thumbnail = madeOf(described, 'thumbnail');
      expect(distance(await colourAt(thumbnail, 0.2, 0.5), [255, 0, 0])).toBeLessThan(20);
      expect(distance(await colourAt(thumbnail, 0.8, 0.5), [255, 255, 255])).toBeLessThan(20);
    }
    expect(await stage.strays()).toEqual([]);
  });

  needsPdftoppm('that is broken is listed, and stays', async () => {
    const described = await stage.describe(await stage.put('broken.pdf', '%PDF-1.4\nnothing else'));
    expect(described.derivatives).toEqual([]);
    expect(described.problems).toMatchObject([
      { work: 'thumbnail', reason: expect.stringContaining('pdftoppm') as string },
    ]);
  });

  it('has none where no program can draw it, and that is no problem', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = '';
    try {
      const described = await stage.describe(await stage.put('undrawn.pdf', PDF));
      expect(described).toMatchObject({ derivatives: [], problems: [] });
      expect(described.sha256).toHaveLength(64);
    } finally {
      process.env['PATH'] = path;
    }
  });

  needsPdftoppm('is given up when it is told to', async () => {
    const path = stage.path('late.pdf');
    await writeFile(path, PDF);
    const stop = new AbortController();
    const options = { path, workFolder: stage.path(''), signal: stop.signal };
    const drawing = drawFirstPage({
      ...options,
      onStart: () => {
        stop.abort(new Error('Stop.'));
      },
    });
    await expect(drawing).rejects.toThrow('Stop.');
  });
});

it('a digest that is known is taken for what it is, and the file is not read for it', async () => {
  const known = { sha256: 'ab'.repeat(32), sizeBytes: 3 };
  const described = await stage.describe(await stage.put('a.txt', 'text'), { digest: known });
  expect(described).toMatchObject(known);
});
