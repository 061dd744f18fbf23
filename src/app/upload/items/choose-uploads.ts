import type { UploadItem } from '../../../upload/uploaded-file.js';
import { ArchiveChats, type ArchiveChatsOptions } from './archive-chats.js';
import type { ItemsOpening } from './items-opening.js';
import type { SourcePlace } from './apart-from-sources.js';
import { leftOutNote, type LeftOut } from './left-out.js';
import { meaningOf, type NamedUpload } from './named-upload.js';
import { UploadSources } from './upload-sources.js';

export interface UploadChoice extends ArchiveChatsOptions, ItemsOpening {
  /** As the user wrote them: folders of archives, chats of the archive in `exportDir`, files, folders. */
  readonly written: readonly string[];
  /** The base of relative paths, absolute. */
  readonly cwd: string;
}

/** The files that arguments stand for. Disposing of it removes copies of databases. */
export interface ChosenUploads extends AsyncDisposable {
  /** The named files and folders; for a chat, its archive. */
  readonly sources: readonly SourcePlace[];
  /** In the order of the arguments; can be iterated once. @throws {ChatferryError}; the signal's reason. */
  items(signal: AbortSignal): AsyncGenerator<UploadItem, void, void>;
}

/**
 * Resolves arguments before anything is sent. docs/UPLOADS.md has the rule.
 *
 * @throws {ChatferryError} `USAGE` for an argument that matches nothing, or is ambiguous; `CHAT_NOT_FOUND`; what
 *   opening an archive throws.
 */
export async function chooseUploads(choice: UploadChoice): Promise<ChosenUploads> {
  const { written, cwd } = choice;
  using chats = new ArchiveChats(choice);
  const uploads = new Map<string, NamedUpload>();
  for (const argument of written) {
    const upload = await meaningOf(argument, { cwd, chats });
    const key = upload.kind === 'chat' ? `${upload.directory}\0${upload.chat.folder}` : upload.path;
    uploads.set(key, upload); // Duplicates are sent once.
  }
  const sources = await UploadSources.open([...uploads.values()], choice);
  return {
    sources: [...uploads.values()].map(placeOf),
    items: (signal) => itemsOf(sources, choice, signal),
    [Symbol.asyncDispose]: () => sources[Symbol.asyncDispose](),
  };
}

/** The files of an archive are placed in the target itself, not in a folder with the archive's name. */
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
