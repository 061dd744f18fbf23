import { isLive } from '../../chat/source-name.js';
import type { MediaRecord, MessageRecord } from '../../chat/record.js';
import { completed } from './merge-records.js';
import { isReadable, sourceOf, versionOf } from './version-of.js';

/** All that the archive was told of one message. */
export interface KnownRecords {
  /** What the message is merged from: no two with the same source and version, and one at most of a live source. */
  readonly current: readonly MessageRecord[];
  /** What a live source said before a newer edit. Only kept. */
  readonly superseded: readonly MessageRecord[];
}

/**
 * Adds what a source says now to what is known.
 *
 * - A live source says what is true now: its record replaces the one before, as it is. Where the message was edited since,
 *   the one before is kept as superseded.
 * - Of any other source, a record replaces only one of the same version, and keeps what that one knew.
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
 * The file of an edit may have got the name of the file before it, and taken its place. What names the old one says so.
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
