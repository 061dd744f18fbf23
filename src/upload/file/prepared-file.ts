import { ChatferryError } from '../../errors/chatferry-error.js';
import { PartDigests } from '../parts/part-digests.js';
import { type PartPlan, planParts } from '../parts/part-plan.js';
import { contentTypeOf } from './content-type.js';
import { requireSize } from './size-limit.js';
import { SourceFile } from './source-file.js';
import type { StoredForm, UploadItem } from '../uploaded-file.js';
import type { Confirmation, OutgoingFile, UploadTarget } from '../upload-target.js';

/** An open file with its digests. */
export interface PreparedFile extends AsyncDisposable {
  /** The file that the user named. */
  readonly original: SourceFile;
  /** The file that is sent: the original or a copy made from it. */
  readonly source: SourceFile;
  readonly file: OutgoingFile;
  readonly plan: PartPlan;
  /** Of the parts of the plan. */
  readonly digests: PartDigests;
  /** Whether the target needs the MD5 of parts. */
  readonly withPartMd5: boolean;
  /** Set if the file that is sent is not the original. */
  readonly stored?: StoredForm;
}

/** How files are divided into parts for a target. */
export interface CutOptions {
  readonly target: UploadTarget;
  /** The user's own size of parts. */
  readonly chosenPartBytes?: number | undefined;
  /** The part size of the earlier run that is resumed. */
  readonly earlierPartBytes?: number | undefined;
  /** Maximum number of requests at once. */
  readonly parallelCount: number;
  /** Called with the size of the file as soon as it is known, even if the file is refused later. */
  readonly onSize?: (sizeBytes: number) => void;
}

/** More parts than any target accepts: a record with more is damaged. */
const MAX_EARLIER_PARTS = 100_000;

/** @throws {ChatferryError} `STORE_REFUSED` */
function planFor(
  sizeBytes: number,
  { target, chosenPartBytes, earlierPartBytes, parallelCount }: CutOptions,
): PartPlan {
  const { limits, abilities } = target;
  if (earlierPartBytes !== undefined && sizeBytes / earlierPartBytes <= MAX_EARLIER_PARTS) {
    return planParts(sizeBytes, limits, { chosenPartBytes: earlierPartBytes });
  }
  return planParts(sizeBytes, limits, { chosenPartBytes, parallelCount: abilities.parallelParts ? parallelCount : 1 });
}

/**
 * Opens a file, checks that the target accepts it, and digests it and its parts in one pass.
 *
 * @throws {ChatferryError} `STORE_REFUSED` when it is too large for the target; `CONTENT_MISMATCH` when its bytes are
 *   not the expected ones; `SOURCE_CHANGED`; `FILE_SYSTEM`. The signal's reason.
 */
export async function prepareFile(item: UploadItem, options: CutOptions, signal: AbortSignal): Promise<PreparedFile> {
  const { path, bytesPath = path, name, sha256: known, problem } = item;
  if (problem !== undefined) throw problem;
  const original = await SourceFile.ofItem(item);
  try {
    options.onSize?.(original.sizeBytes);
    requireSize(path, original.sizeBytes, options.target);
    const digested = await digestWhole(original, options, signal);
    const { sha256, md5, plan, digests, withPartMd5 } = digested;
    await original.requireUnchanged();
    if (known !== undefined && sha256 !== known) throw otherBytes(path);
    const file: OutgoingFile = {
      name,
      sizeBytes: original.sizeBytes,
      sha256,
      ...(md5 === undefined ? {} : { md5 }),
      contentType: contentTypeOf(item),
      path: bytesPath,
    };
    const dispose = () => original[Symbol.asyncDispose]();
    return { original, source: original, file, plan, digests, withPartMd5, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await original[Symbol.asyncDispose]();
    throw error;
  }
}

export interface DigestedFile extends Pick<PreparedFile, 'plan' | 'digests' | 'withPartMd5'> {
  readonly sha256: string;
  readonly md5?: string;
}

/** Digests a file and its parts. */
export async function digestWhole(source: SourceFile, options: CutOptions, signal: AbortSignal): Promise<DigestedFile> {
  const { sizeBytes } = source;
  const md5Of = options.target.abilities.md5Of ?? 'both';
  const withPartMd5 = md5Of === 'parts' || md5Of === 'both';
  const plan = planFor(sizeBytes, options);
  const digests = new PartDigests({ plan, withMd5: withPartMd5 });
  const isOnePart = plan.partCount === 1 && withPartMd5;
  const withMd5 = md5Of === 'files' || md5Of === 'both' || isOnePart;
  const onPiece = (piece: Buffer): void => {
    digests.update(piece);
  };
  const { sha256, md5 } = await source.digest({ offset: 0, sizeBytes }, { withMd5, onPiece }, signal);
  digests.end();
  return { sha256, ...(md5 === undefined ? {} : { md5 }), plan, digests, withPartMd5 };
}

/** @throws {ChatferryError} `CONTENT_MISMATCH` unless the target has exactly these bytes. */
export function requireSame(
  { name }: OutgoingFile,
  target: UploadTarget,
  confirmation: Confirmation,
): asserts confirmation is Extract<Confirmation, { state: 'same' }> {
  if (confirmation.state === 'same') return;
  const found =
    confirmation.state === 'missing' ? 'it is not there' : `its ${confirmation.by} there is ${confirmation.found}`;
  const message = `${name} is not at ${target.id} as it was sent: ${found}. Run the same command again.`;
  throw new ChatferryError('CONTENT_MISMATCH', message);
}

function otherBytes(path: string): ChatferryError {
  const message = `${path} has other bytes than the archive records, and was not sent. \`chatferry verify\` lists such files, and the next export fetches them again.`;
  return new ChatferryError('CONTENT_MISMATCH', message);
}
