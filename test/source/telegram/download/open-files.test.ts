import { describe, expect, it } from 'vitest';

import { type FileRequest, OpenFiles } from '../../../../src/source/telegram/download/open-files.js';

const MB = 1024 * 1024;
const { signal } = new AbortController();

/** Asks for so many files at once. @returns which of them are open, by their place in the list. */
function askAll(
  files: OpenFiles,
  asks: readonly Partial<FileRequest>[],
): { open: () => number[]; leave: (i: number) => void } {
  const leaves = new Map<number, () => void>();
  asks.forEach((ask, index) => {
    void files
      .enter({ dcId: 2, sizeBytes: MB, priority: index, signal, ...ask })
      .then((leave) => leaves.set(index, leave));
  });
  return {
    open: () => [...leaves.keys()].sort((one, other) => one - other),
    leave: (index) => {
      leaves.get(index)?.();
      leaves.delete(index);
    },
  };
}

/** Lets everything happen that needs no further event. */
function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

describe('open files', () => {
  it('are at most five below 20 MB and two larger ones, for each data centre', async () => {
    const files = new OpenFiles({ small: 5, large: 2 });
    const small = askAll(
      files,
      Array.from({ length: 9 }, () => ({ sizeBytes: 20 * MB - 1 })),
    );
    const large = askAll(
      files,
      Array.from({ length: 9 }, () => ({ sizeBytes: 20 * MB })),
    );
    const elsewhere = askAll(
      files,
      Array.from({ length: 9 }, () => ({ sizeBytes: 20 * MB, dcId: 4 })),
    );
    await settled();
    expect([small.open().length, large.open().length, elsewhere.open().length]).toEqual([5, 2, 2]);
  });

  it('are followed by the waiting one that comes first in the chat', async () => {
    const files = new OpenFiles({ small: 1, large: 1 });
    const asked = askAll(files, [{ priority: 1 }, { priority: 9 }, { priority: 3 }, { priority: 7 }]);
    await settled();
    expect(asked.open()).toEqual([0]);
    asked.leave(0);
    await settled();
    expect(asked.open()).toEqual([2]);
  });

  it('of one part do not wait', async () => {
    const files = new OpenFiles({ small: 1, large: 1 });
    const asked = askAll(files, [
      { sizeBytes: MB },
      { sizeBytes: MB / 2 },
      { sizeBytes: 0 },
      { sizeBytes: MB / 2 + 1 },
    ]);
    await settled();
    expect(asked.open()).toEqual([0, 1, 2]);
  });

  it('of unknown size count as small', async () => {
    const files = new OpenFiles({ small: 1, large: 1 });
    const asked = askAll(files, [{ sizeBytes: undefined }, { sizeBytes: undefined }]);
    await settled();
    expect(asked.open()).toEqual([0]);
  });

  it('free their slot once, however often they are closed', async () => {
    const files = new OpenFiles({ small: 1, large: 1 });
    const leave = await files.enter({ dcId: 2, sizeBytes: MB, priority: 0, signal });
    leave();
    leave();
    const asked = askAll(files, [{}, {}]);
    await settled();
    expect(asked.open()).toEqual([0]);
  });

  it('become more as soon as the limit rises', async () => {
    const files = new OpenFiles({ small: 1, large: 1 });
    const asked = askAll(files, [{}, {}, {}]);
    files.limits = { small: 2, large: 1 };
    await settled();
    expect(asked.open()).toEqual([0, 1]);
  });

  it('stop waiting when their signal aborts, and then take no slot', async () => {
    const files = new OpenFiles({ small: 1, large: 1 });
    const leave = await files.enter({ dcId: 2, sizeBytes: MB, priority: 0, signal });
    const controller = new AbortController();
    const waiting = files.enter({ dcId: 2, sizeBytes: MB, priority: 0, signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    const asked = askAll(files, [{}]);
    leave();
    await settled();
    expect(asked.open()).toEqual([0]);
  });

  it.each([0, 1.5, Number.NaN])('cannot be limited to %d', (small) => {
    expect(() => new OpenFiles({ small, large: 1 })).toThrow(String(small));
  });
});
