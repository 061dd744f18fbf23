import type { UploadItem } from '../../../upload/uploaded-file.js';
import { requireOutside } from '../outside-uploads.js';
import { ArchiveChats, type ArchiveChatsOptions } from './archive-chats.js';
import type { ItemsOpening } from './items-opening.js';
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
  /** In the order of what was written; to be walked through once. @throws {ChatferryError}; the signal's reason. */
  items(signal: AbortSignal): AsyncGenerator<UploadItem, void, void>;
}

/**
 * Finds out what arguments mean, before anything is sent. docs/UPLOADS.md has the rule.
 *
 * @throws {ChatferryError} `USAGE` for what names nothing, or two things; `CHAT_NOT_FOUND`; what opening an archive throws.
 */
export async function chooseUploads(choice: UploadChoice): Promise<ChosenUploads> {
  const { written, cwd, onNote, targetFolders = [] } = choice;
  using chats = new ArchiveChats(choice);
  const uploads = new Map<string, NamedUpload>();
  for (const argument of written) {
    const upload = await meaningOf(argument, { cwd, chats });
    if (upload.kind === 'chat') requireOutside(targetFolders, upload.directory);
    else if (upload.kind === 'archive' || upload.kind === 'folder') requireOutside(targetFolders, upload.path);
    const key = upload.kind === 'chat' ? `${upload.directory}\0${upload.chat.folder}` : upload.path;
    uploads.set(key, upload); // The same twice is sent once.
  }
  const sources = await UploadSources.open([...uploads.values()], choice);
  return {
    items: (signal) => itemsOf(sources, onNote, signal),
    [Symbol.asyncDispose]: () => sources[Symbol.asyncDispose](),
  };
}

async function* itemsOf(
  sources: UploadSources,
  onNote: (text: string) => void,
  signal: AbortSignal,
): AsyncGenerator<UploadItem, void, void> {
  for (const { title, items } of sources.all) {
    const leftOut: LeftOut = { linkCount: 0, otherCount: 0 };
    yield* items(leftOut, signal);
    const note = leftOutNote(title, leftOut);
    if (note !== undefined) onNote(note);
  }
}
