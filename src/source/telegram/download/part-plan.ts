import { SMALL_FILE_BYTES } from './part-scheduler.js';

/**
 * What `upload.getFile` is asked for: parts begin at its multiples, so that none crosses a border of 1 MB
 * (https://core.telegram.org/api/files#downloading-files).
 */
export const PART_BYTES: number = 512 * 1024;
/** Of large files, the most that Telegram gives: half as many questions cost a tenth less processor time. */
const LARGE_PART_BYTES = 1024 * 1024;

/** One part of a file. */
export interface Part {
  readonly offset: number;
  readonly sizeBytes: number;
}

/** What a full part of a file has. @param fileSizeBytes - Undefined where nobody has said it. */
export function partBytesOf(fileSizeBytes: number | undefined): number {
  return (fileSizeBytes ?? 0) < SMALL_FILE_BYTES ? PART_BYTES : LARGE_PART_BYTES;
}

/** The parts of a file, ascending and without gaps; none of an empty one. All but the last are full. */
export function* partsOf(fileSizeBytes: number): Generator<Part, void, void> {
  for (let offset = 0; offset < fileSizeBytes; offset += partBytesOf(fileSizeBytes))
    yield partAt(offset, fileSizeBytes);
}

/** The part that begins at `offset`, a multiple of {@link partBytesOf} inside the file. */
export function partAt(offset: number, fileSizeBytes: number): Part {
  return { offset, sizeBytes: Math.min(partBytesOf(fileSizeBytes), fileSizeBytes - offset) };
}
