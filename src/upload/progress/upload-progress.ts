/** The stages of an upload, in this order; `failed` may follow any but `complete`. */
export type UploadStage = 'preparing' | 'chunking' | 'uploading' | 'verifying' | 'complete' | 'failed';

/** Progress of an upload: one event for each change worth showing. */
export interface UploadProgress {
  readonly type: 'upload';
  /** The same for all events of one file to one target in one run. */
  readonly taskId: string;
  /** The session that resumes it; undefined before there is one. */
  readonly sessionId?: string;
  /** The source, absolute. */
  readonly file: string;
  /** The target's own id. */
  readonly target: string;
  readonly stage: UploadStage;
  /** 0 to 100, by bytes; never decreases, even after a resume. */
  readonly percentage: number;
  /** For users. */
  readonly message: string;
  /** Of the local file; 0 until it is known. */
  readonly sizeBytes: number;
  readonly sentBytes: number;
  /** Bytes to send: less than the size of the file if it is compressed. */
  readonly totalBytes: number;
  /** Parts that the target has. */
  readonly doneParts: number;
  readonly partCount: number;
  /** Over the last seconds; 0 when nothing was sent. */
  readonly bytesPerSecond: number;
  /** Undefined while nothing is known. */
  readonly secondsLeft?: number;
  /** UTC milliseconds. */
  readonly timestampMs: number;
  /** Why the earlier upload is useless, once that is known; undefined if the file does not start over. */
  readonly startedOver?: string;
  /** Of a complete file. */
  readonly remote?: string;
  /** Of a complete file: the target had it before. */
  readonly isPresent?: true;
}

export interface UploadReporter {
  /** Called synchronously; must not throw. */
  event(event: UploadProgress): void;
}
