import type { Media } from '../../chat/media.js';
import type { MediaRecord, MessageRecord } from '../../chat/record.js';
import { versionOf } from './version-of.js';

type StoredMedia = Extract<MediaRecord, { readonly state: 'stored' }>;

/**
 * The media of a record, with files of other records of the same message where it has none. So a stored file stays
 * known even if a later record has none.
 *
 * @param others - By rank: the first match is taken.
 * @returns the same list if nothing was taken.
 */
export function withSharedFiles(record: MessageRecord, others: readonly MessageRecord[]): readonly MediaRecord[] {
  if (record.media.every(({ state }) => state === 'stored')) return record.media;
  const media = record.media.map((medium, position) => {
    if (medium.state === 'stored') return medium;
    const found = others.map((other) => fileFor(record, position, other)).find((stored) => stored !== undefined);
    return found === undefined ? medium : storedAs(medium.media, found);
  });
  return media.some((medium, position) => medium !== record.media[position]) ? media : record.media;
}

function fileFor(record: MessageRecord, position: number, other: MessageRecord): StoredMedia | undefined {
  const wanted = record.media[position]?.media;
  if (wanted === undefined) return undefined;
  const place = placeIn(record.media, position);
  const found = other.media.find((_, index) => placeIn(other.media, index) === place);
  if (found?.state !== 'stored') return undefined;
  // An edit may replace a file by another, so a position alone is conclusive only within one version.
  const isSameVersion = versionOf(record.message) === versionOf(other.message);
  return (hasSameBytes(wanted, found) ?? isSameVersion) ? found : undefined;
}

/** Whether a file has the bytes of a media item, by ids and sizes. Undefined if that is unknown. */
function hasSameBytes(wanted: Media, { media, file }: StoredMedia): boolean | undefined {
  if (wanted.remoteId !== undefined && media.remoteId !== undefined) return wanted.remoteId === media.remoteId;
  if (wanted.sizeBytes === undefined) return undefined;
  const sizes = [media.sizeBytes, file.original?.sizeBytes ?? file.sizeBytes];
  return sizes.includes(wanted.sizeBytes) ? true : undefined; // Announced sizes may be wrong.
}

/** `video main 0` for the first of its kind. Sources list different numbers of previews beside the same files. */
function placeIn(media: readonly MediaRecord[], position: number): string {
  const own = media[position]?.media;
  const before = media
    .slice(0, position)
    .filter(({ media: { kind, role } }) => kind === own?.kind && role === own.role);
  return `${own?.kind ?? ''} ${own?.role ?? ''} ${before.length}`;
}

function storedAs(wanted: Media, { file, note }: StoredMedia): StoredMedia {
  const media: { -readonly [Field in keyof Media]: Media[Field] } = { ...wanted };
  delete media.unavailableReason;
  return { state: 'stored', media, file, ...(note !== undefined && { note }) };
}
