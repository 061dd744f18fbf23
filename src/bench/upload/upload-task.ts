import { ChatferryError } from '../../errors/chatferry-error.js';

/** The clients: this program, and those that it is compared with. */
export type UploadClientName = 'chatferry' | 'lib-storage' | 'tus-js-client';

/** A file to send. */
export interface BenchFile {
  /** Absolute. */
  readonly path: string;
  /** Its name at the target. */
  readonly name: string;
  readonly sizeBytes: number;
}

/** S3 access for the other clients. The keys belong to a server on this machine. */
export interface S3Access {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly bucket: string;
  /** The prefix of the names, without leading and trailing slashes. */
  readonly prefix: string;
}

/** The task of one client process. */
export interface UploadTask {
  readonly kind: 'upload';
  readonly client: UploadClientName;
  readonly files: readonly BenchFile[];
  /** The spec for `chatferry upload --to`. */
  readonly target: string;
  /** For `lib-storage`. */
  readonly s3?: S3Access | undefined;
  /** Requests at a time. */
  readonly parallelCount: number;
}

/** The result of one client process. */
export interface UploadRun {
  /** From the first access to the first file to the last answer. Excludes the start of the process and loading. */
  readonly wallSeconds: number;
  /** Over the same time. */
  readonly cpuSeconds: number;
  /** Of the whole process. */
  readonly peakResidentBytes: number;
  readonly uploadedCount: number;
  /** Failed files by error code. */
  readonly failures: Readonly<Record<string, number>>;
}

/** Parses the output of a client process. @throws {ChatferryError} `INTERNAL` if it is invalid. */
export function readUploadRun(line: string): UploadRun {
  const run = JSON.parse(line) as Partial<UploadRun>;
  if (typeof run.wallSeconds === 'number' && run.failures !== undefined) return run as UploadRun;
  throw new ChatferryError('INTERNAL', `A client printed no measurement: ${line.slice(0, 200)}`);
}
