import { isLive } from '../../chat/source-name.js';
import type { MediaRecord, MessageRecord } from '../../chat/record.js';
import { completed } from './merge-records.js';
import { isReadable, sourceOf, versionOf } from './version-of.js';

/** All records of one message that the archive has received. */
export interface KnownRecords {
  /**
   * The records that the message is merged from. No two have the same source and version, and a live source has at most
   * one.
   */
  readonly current: readonly MessageRecord[];
  /** Records of a live source from before a newer edit. They are kept but not merged. */
  readonly superseded: readonly MessageRecord[];
}

/**
 * Adds a new record of a source to the known ones.
 *
 * - A live source has the current state: its record replaces the previous one. If the message was edited since, the
 *   previous one is kept as superseded.
 * - A record of any other source replaces only one of the same version, and keeps the data that only that one had.
 */
export function withRecord(known: KnownRecords, record: MessageRecord): KnownRecords {
  const source = sourceOf(record);
  const version = versionOf(record.message);
  const isSameVersion = (other: MessageRecord): boolean =>
    sourceOf(other) === source && versionOf(other.message) === version;
  if (isLive(source)) {
    const before = known.current.filter((other) => sourceOf(other) === source);
    const edited = before.filter(({ message }) => isReadable(message) && versionOf(message) < version);
    const current = [record, ...known.current.filter((other) => !before.includes(other))];
    const superseded = [...known.superseded.filter((other) => !isSameVersion(other)), ...edited];
    return withoutOverwritten({ current, superseded }, record);
  }
  const before = known.current.filter(isSameVersion);
  const current = [completed(record, before), ...known.current.filter((other) => !isSameVersion(other))];
  return withoutOverwritten({ current, superseded: known.superseded }, record);
}

/**
 * The file of an edit may have the same name as the previous file, and have replaced it. Records that name the previous
 * file are marked.
 */
function withoutOverwritten(known: KnownRecords, record: MessageRecord): KnownRecords {
  const written = new Map(
    record.media.flatMap((one) => (one.state === 'stored' ? [[one.file.path, one.file.sha256]] : [])),
  );
  if (written.size === 0) return known;
  const current = known.current.map((other) => withoutFiles(other, written));
  return { current, superseded: known.superseded.map((other) => withoutFiles(other, written)) };
}

function withoutFiles(
  record: MessageRecord,
  written: ReadonlyMap<string | undefined, string | undefined>,
): MessageRecord {
  const isOverwritten = (one: MediaRecord): boolean =>
    one.state === 'stored' && written.has(one.file.path) && written.get(one.file.path) !== one.file.sha256;
  if (!record.media.some(isOverwritten)) return record;
  const media = record.media.map((one): MediaRecord => {
    if (!isOverwritten(one)) return one;
    return { state: 'failed', media: one.media, code: 'FILE_LOST', reason: 'The file of a later edit replaced it.' };
  });
  return { ...record, media };
}
