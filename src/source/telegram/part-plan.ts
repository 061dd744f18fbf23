import { PART_BYTES } from './remote-file.js';

/** One part of a file. */
export interface Part {
  readonly offset: number;
  readonly sizeBytes: number;
}

/** The parts of a file, ascending and without gaps; none of an empty one. All but the last are full. */
export function* partsOf(fileSizeBytes: number): Generator<Part, void, void> {
  for (let offset = 0; offset < fileSizeBytes; offset += PART_BYTES) yield partAt(offset, fileSizeBytes);
}

/** The part that begins at `offset`, a multiple of {@link PART_BYTES} inside the file. */
export function partAt(offset: number, fileSizeBytes: number): Part {
  return { offset, sizeBytes: Math.min(PART_BYTES, fileSizeBytes - offset) };
}
