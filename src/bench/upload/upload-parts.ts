import type { UploadClientName } from './upload-task.js';

/** The line between clients and stores. */
export interface BenchLine {
  readonly name: 'line' | 'open';
  readonly roundTripMs: number;
  readonly bytesPerSecond?: number;
}

/** The line of the published figures: 50 ms round trip, 4 MB/s per connection and direction. */
export const LINE: BenchLine = { name: 'line', roundTripMs: 50, bytesPerSecond: 4_000_000 };
/** Plain loopback, without added latency or a bandwidth limit. */
export const OPEN: BenchLine = { name: 'open', roundTripMs: 0 };

/** A client in one part of the benchmark. */
export interface UploadSubject {
  /** The suffix after the name of the part. */
  readonly name: string;
  readonly client: UploadClientName | 's3cmd';
  readonly parallelCount: number;
}

/** A part of the benchmark; its subjects send in turns. */
export interface UploadPart {
  readonly name: string;
  readonly store: 's3' | 'tus';
  readonly line: BenchLine;
  readonly fileCount: number;
  /** The size of each file, in thousandths of the size of the benchmark. */
  readonly permille: number;
  readonly subjects: readonly UploadSubject[];
  /** Pairs of subjects: the ratio tells how many times faster the first is. */
  readonly compared: readonly (readonly [ours: string, other: string])[];
}

const SEQUENTIAL: UploadSubject = { name: 'sequential', client: 'chatferry', parallelCount: 1 };
const BY_3: UploadSubject = { name: '3', client: 'chatferry', parallelCount: 3 };
const BY_8: UploadSubject = { name: '8', client: 'chatferry', parallelCount: 8 };
const LIB_STORAGE: UploadSubject = { name: 'lib-storage', client: 'lib-storage', parallelCount: 8 };
const S3CMD: UploadSubject = { name: 's3cmd', client: 's3cmd', parallelCount: 1 };
const TUS_JS: UploadSubject = { name: 'tus-js-client', client: 'tus-js-client', parallelCount: 1 };

const BOTH = [
  ['3', 'sequential'],
  ['8', 'sequential'],
] as const;
const BY_3_ALONE = [['3', 'sequential']] as const;

/** For a size of 100 MB: files of 50, 100 and 500 MB, and small ones of 50 KB. */
export const UPLOAD_PARTS: readonly UploadPart[] = [
  one('s3-50mb', { permille: 500, subjects: [SEQUENTIAL, BY_3, BY_8], compared: BOTH }),
  one('s3-100mb', {
    permille: 1000,
    subjects: [SEQUENTIAL, BY_3, BY_8, LIB_STORAGE, S3CMD],
    compared: [...BOTH, ['8', 'lib-storage'], ['sequential', 's3cmd'], ['3', 's3cmd']],
  }),
  one('s3-500mb', { permille: 5000, subjects: [SEQUENTIAL, BY_3, BY_8], compared: BOTH }),
  small('s3-200-files', { store: 's3', fileCount: 200, subjects: [SEQUENTIAL, BY_3], compared: BY_3_ALONE }),
  {
    ...one('tus-100mb', {
      permille: 1000,
      subjects: [SEQUENTIAL, BY_3, TUS_JS],
      compared: [...BY_3_ALONE, ['3', 'tus-js-client']],
    }),
    store: 'tus',
  },
  small('tus-200-files', {
    store: 'tus',
    fileCount: 200,
    subjects: [SEQUENTIAL, BY_3, TUS_JS],
    compared: [...BY_3_ALONE, ['3', 'tus-js-client']],
  }),
  small('tus-3-files', { store: 'tus', fileCount: 3, subjects: [SEQUENTIAL, BY_3], compared: BY_3_ALONE }),
  {
    ...one('s3-100mb-open', { permille: 1000, subjects: [SEQUENTIAL, BY_3, BY_8, LIB_STORAGE], compared: BOTH }),
    line: OPEN,
  },
  {
    ...small('tus-200-files-open', {
      store: 'tus',
      fileCount: 200,
      subjects: [SEQUENTIAL, BY_3],
      compared: BY_3_ALONE,
    }),
    line: OPEN,
  },
  {
    ...small('tus-3-files-open', { store: 'tus', fileCount: 3, subjects: [SEQUENTIAL, BY_3], compared: BY_3_ALONE }),
    line: OPEN,
  },
];

type Given = Pick<UploadPart, 'subjects' | 'compared'>;

function one(name: string, given: Given & Pick<UploadPart, 'permille'>): UploadPart {
  return { name, store: 's3', line: LINE, fileCount: 1, ...given };
}

function small(name: string, given: Given & Pick<UploadPart, 'store' | 'fileCount'>): UploadPart {
  return { name, line: LINE, permille: 0.5, ...given };
}

/** `s3-100mb` and `3`: `s3-100mb-3`. */
export function ratioName(part: string, ours: string, other: string): string {
  // The default configuration of this program has no suffix.
  const isDefault = ours === '3' && other === 'tus-js-client';
  return `${isDefault ? part : `${part}-${ours}`}/${other}`;
}
