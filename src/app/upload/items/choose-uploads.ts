import type { UploadItem } from '../../../upload/uploaded-file.js';
import { ArchiveChats, type ArchiveChatsOptions } from './archive-chats.js';
import type { ItemsOpening } from './items-opening.js';
import type { SourcePlace } from './apart-from-sources.js';
import { leftOutNote, type LeftOut } from './left-out.js';
import { meaningOf, type NamedUpload } from './named-upload.js';
import { UploadSources } from './upload-sources.js';

export interface UploadChoice extends ArchiveChatsOptions, ItemsOpening {
  /** As people wrote them: folders of archives, chats of the archive in `exportDir`, files, folders. */
  readonly written: readonly string[];
  /** What relative paths are relative to, absolute. */
  readonly cwd: string;
}

/** The files that arguments stand for. Disposing of it removes copies that were made of databases. */
export interface ChosenUploads extends AsyncDisposable {
  /** What was named, on the disk; of a chat its archive. */
  readonly sources: readonly SourcePlace[];
  /** In the order of what was written; to be walked through once. @throws {ChatferryError}; the signal's reason. */
  items(signal: AbortSignal): AsyncGenerator<UploadItem, void, void>;
}

/**
 * Finds out what arguments mean, before anything is sent. docs/UPLOADS.md has the rule.
 *
 * @throws {ChatferryError} `USAGE` for what names nothing, or two things; `CHAT_NOT_FOUND`; what opening an archive throws.
 */
export async function chooseUploads(choice: UploadChoice): Promise<ChosenUploads> {
  const { written, cwd } = choice;
  using chats = new ArchiveChats(choice);
  const uploads = new Map<string, NamedUpload>();
  for (const argument of written) {
    const upload = await meaningOf(argument, { cwd, chats });
    const key = upload.kind === 'chat' ? `${upload.directory}\0${upload.chat.folder}` : upload.path;
    uploads.set(key, upload); // The same twice is sent once.
  }
  const sources = await UploadSources.open([...uploads.values()], choice);
  return {
    sources: [...uploads.values()].map(placeOf),
    items: (signal) => itemsOf(sources, choice, signal),
    [Symbol.asyncDispose]: () => sources[Symbol.asyncDispose](),
  };
}

/** The files of an archive come to the target itself, and not to a folder of its name. */
function placeOf(upload: NamedUpload): SourcePlace {
  if (upload.kind === 'chat') return { path: upload.directory, keepsName: false };
  return { path: upload.path, keepsName: upload.kind !== 'archive' };
}

async function* itemsOf(
  sources: UploadSources,
  { onNote, onLeftOut = () => undefined }: Pick<UploadChoice, 'onNote' | 'onLeftOut'>,
  signal: AbortSignal,
): AsyncGenerator<UploadItem, void, void> {
  for (const { title, items } of sources.all) {
    const leftOut: LeftOut = { linkCount: 0, otherCount: 0 };
    yield* items(leftOut, signal);
    const note = leftOutNote(title, leftOut);
    if (note === undefined) continue;
    onNote(note);
    onLeftOut({ path: title, ...leftOut });
  }
}
