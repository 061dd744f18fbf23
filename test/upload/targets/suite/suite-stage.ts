import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { planParts } from '../../../../src/upload/parts/part-plan.js';
import type { UploadedFile, UploadItem } from '../../../../src/upload/uploaded-file.js';
import type { UploadTarget } from '../../../../src/upload/upload-target.js';
import { type TestRun, testRun, type TestRunOptions } from '../../upload-run.js';
import type { FarEnd, TargetUnderTest } from '../far-end.js';

export type RunChoices = Omit<TestRunOptions, 'target' | 'folder' | 'chosenPartBytes'>;

/** A far end, a folder with files, and one folder of sessions for all runs. */
export class SuiteStage<Far extends FarEnd = FarEnd> implements AsyncDisposable {
  readonly farEnd: Far;
  readonly folder: string;
  /** Of all parts but the last, as the target cuts files here. */
  readonly partBytes: number;
  /** It takes a file in several parts. */
  readonly cuts: boolean;
  readonly #under: TargetUnderTest;

  private constructor(under: TargetUnderTest<Far>, farEnd: Far, partBytes: number, cuts: boolean) {
    this.farEnd = farEnd;
    this.partBytes = partBytes;
    this.cuts = cuts;
    this.#under = under;
    this.folder = mkdtempSync(join(tmpdir(), 'chatferry-target-'));
  }

  static async open<Far extends FarEnd>(under: TargetUnderTest<Far>): Promise<SuiteStage<Far>> {
    const farEnd = await under.openFarEnd();
    await using target = await farEnd.open();
    const { limits } = target;
    const { partBytes } = planParts(Math.max(1024 ** 3, (limits.wholeUpToBytes ?? 0) + 1), unboundedFile(limits), {
      chosenPartBytes: under.partBytes,
    });
    const isCut = limits.maxPartCount > 1 && severalParts(partBytes) > (limits.wholeUpToBytes ?? 0);
    return new SuiteStage(under, farEnd, partBytes, isCut);
  }

  /** Bytes of a file of three parts and a bit. */
  get severalParts(): number {
    return severalParts(this.partBytes);
  }

  /** Makes a file of random bytes. */
  make(name: string, content: number | Buffer, remoteName: string = name): UploadItem & { readonly content: Buffer } {
    const path = join(this.folder, name);
    const bytes = typeof content === 'number' ? randomBytes(content) : content;
    writeFileSync(path, bytes);
    return { path, name: remoteName, content: bytes };
  }

  /** A run as another process would begin it: a client of its own, the sessions of all. */
  async run<T>(
    work: (test: TestRun) => Promise<T>,
    change?: (target: UploadTarget) => UploadTarget,
    choices: RunChoices = {},
  ): Promise<T> {
    await using target = await this.farEnd.open();
    await target.check(new AbortController().signal);
    const { folder } = this;
    using test = await testRun({
      target: change?.(target) ?? target,
      folder,
      chosenPartBytes: this.#under.partBytes,
      ...choices,
    });
    return await work(test);
  }

  /** Uploads in a run of its own. A failure is a result, also where it ends the run. */
  async upload(
    items: readonly UploadItem[],
    change?: (target: UploadTarget) => UploadTarget,
    choices: RunChoices = {},
  ): Promise<{ readonly files: readonly UploadedFile[]; readonly notes: readonly string[]; readonly error?: unknown }> {
    return this.run(
      async (test) => {
        try {
          return { files: await test.upload(items), notes: test.notes };
        } catch (error) {
          return { files: [], notes: test.notes, error };
        }
      },
      change,
      choices,
    );
  }

  /** The bytes that the far end has of a finished file. */
  async bytesOf(file: UploadedFile | undefined): Promise<Buffer | undefined> {
    return file === undefined || file.state === 'failed' ? undefined : this.farEnd.read(file.remoteId);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true });
    await this.farEnd[Symbol.asyncDispose]();
  }
}

function severalParts(partBytes: number): number {
  return 3 * partBytes + 1000;
}

/** The size of parts does not depend on how large a file may be. */
function unboundedFile(limits: UploadTarget['limits']): UploadTarget['limits'] {
  return { ...limits, maxPartCount: Infinity };
}
