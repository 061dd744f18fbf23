import { errorMessage, isChatferryError } from '../../errors/chatferry-error.js';
import { planParts } from '../../upload/parts/part-plan.js';
import { requireSize } from '../../upload/file/size-limit.js';
import { rememberedFile } from '../../upload/remembered-file.js';
import type { UploadTarget } from '../../upload/upload-target.js';
import { apartItems, requireApart } from './items/apart-from-sources.js';
import type { ItemsOpening } from './items/items-opening.js';
import { entryAt } from '../../disk/entry.js';
import { knownFile } from '../../upload/file/known-file.js';
import type { UploadStore } from '../../upload/session/upload-store.js';
import type { UploadItem } from '../../upload/uploaded-file.js';
import { fileSizeOf } from '../../upload/file/file-size.js';
import { openTarget, type TargetContext } from './open-target.js';
import { openSessionRoom, type SessionRoom } from './session-room.js';
import type { TargetSettings } from './target-kind.js';
import type { OpenedItems } from './upload-job.js';

/** The planned result for one file at one target. */
export interface PlannedFile {
  readonly path: string;
  readonly name: string;
  readonly target: string;
  readonly sizeBytes: number;
  /** `sent-before`: the target will be asked for it, and it is sent only if it is missing there. */
  readonly state: 'to-send' | 'sent-before' | 'refused';
  readonly partCount?: number;
  readonly partBytes?: number;
  /** Why it is refused. */
  readonly reason?: string;
}

export interface UploadPlanOptions extends TargetContext {
  readonly to: readonly string[];
  readonly openItems: (opening: ItemsOpening) => Promise<OpenedItems>;
  readonly signal: AbortSignal;
}

/**
 * What would be sent. Makes no requests, so only limits that are known without a request are applied.
 *
 * @throws {ChatferryError} `USAGE`; the signal's reason.
 */
export async function* planUpload(options: UploadPlanOptions): AsyncGenerator<PlannedFile, void, void> {
  const { to, openItems, signal, settings, cwd } = options;
  for (const spec of new Set(to)) {
    await using opened = await openTarget(spec, { settings, cwd });
    using room = await roomThatIsThere(settings);
    await using files = await openItems({ isOnlyListed: true, sessionFolder: settings.uploadSessionDir });
    requireApart([opened.target], files.sources);
    for await (const item of apartItems(files.items(signal), opened.target, files.sources)) {
      const { path, bytesPath = path, name, problem } = item;
      const sizeBytes = await fileSizeOf(bytesPath);
      const base = { path, name, target: opened.target.id, sizeBytes: sizeBytes ?? 0 };
      if (problem !== undefined) yield { ...base, state: 'refused', reason: problem.message };
      else if (sizeBytes === undefined) yield { ...base, state: 'refused', reason: `${path} cannot be read.` };
      else if (await isSentBefore(item, opened.target, room?.store)) yield { ...base, state: 'sent-before' };
      else yield { ...base, ...fate(path, { sizeBytes, chunkBytes: settings.uploadChunkBytes }, opened.target) };
    }
  }
}

/** Undefined if nothing was ever uploaded from here: a plan must not create folders. */
async function roomThatIsThere(settings: TargetSettings): Promise<SessionRoom | undefined> {
  const folder = settings.uploadSessionDir;
  if (folder === undefined || (await entryAt(folder)) === undefined) return undefined;
  return openSessionRoom(settings);
}

/** Recognised by size, time and inode of the file, without reading it. */
async function isSentBefore(item: UploadItem, target: UploadTarget, store: UploadStore | undefined): Promise<boolean> {
  if (store === undefined) return false;
  try {
    const known = await knownFile({ target, store }, item);
    return known !== undefined && (await rememberedFile({ target, store, now: Date.now }, known)) !== undefined;
  } catch (error) {
    if (!isChatferryError(error)) throw error;
    return false; // The upload will report the error.
  }
}

type Fate = Omit<PlannedFile, 'path' | 'name' | 'target' | 'sizeBytes'>;

interface FileSizes {
  readonly sizeBytes: number;
  /** 0: chosen by the size of the file. */
  readonly chunkBytes: number;
}

function fate(path: string, { sizeBytes, chunkBytes }: FileSizes, target: UploadTarget): Fate {
  try {
    requireSize(path, sizeBytes, target);
    const { partCount, partBytes } = planParts(sizeBytes, target.limits, {
      chosenPartBytes: chunkBytes === 0 ? undefined : chunkBytes,
    });
    return { state: 'to-send', partCount, partBytes };
  } catch (error) {
    if (!isChatferryError(error)) throw error;
    return { state: 'refused', reason: errorMessage(error) };
  }
}
