import { ChatferryError } from '../../errors/chatferry-error.js';

/** What sends: this program, and what it is compared with. */
export type UploadClientName = 'chatferry' | 'lib-storage' | 'tus-js-client';

/** A file to send. */
export interface BenchFile {
  /** Absolute. */
  readonly path: string;
  /** What it is called at the far end. */
  readonly name: string;
  readonly sizeBytes: number;
}

/** How the other clients reach an S3 store. The keys are of a server on this machine. */
export interface S3Access {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly bucket: string;
  /** Before the names, without slashes at its ends. */
  readonly prefix: string;
}

/** What one client process is to do. */
export interface UploadTask {
  readonly kind: 'upload';
  readonly client: UploadClientName;
  readonly files: readonly BenchFile[];
  /** As `chatferry upload --to` takes it. */
  readonly target: string;
  /** Of `lib-storage`. */
  readonly s3?: S3Access | undefined;
  /** Requests at a time. */
  readonly parallelCount: number;
}

/** What one client process did. */
export interface UploadRun {
  /** From the first look at the first file to the last answer. Starting the process and loading it are not in it. */
  readonly wallSeconds: number;
  /** In the same stretch. */
  readonly cpuSeconds: number;
  /** Of the whole process. */
  readonly peakResidentBytes: number;
  readonly uploadedCount: number;
  /** Why files failed, by code. */
  readonly failures: Readonly<Record<string, number>>;
}

/** Reads what a client process printed. @throws {ChatferryError} `INTERNAL` when that is something else. */
export function readUploadRun(line: string): UploadRun {
  const run = JSON.parse(line) as Partial<UploadRun>;
  if (typeof run.wallSeconds === 'number' && run.failures !== undefined) return run as UploadRun;
  throw new ChatferryError('INTERNAL', `A client printed no measurement: ${line.slice(0, 200)}`);
}
