import type { ChatferryError, ErrorCode } from '../../errors/chatferry-error.js';
import { ERROR_MEANINGS } from '../../errors/error-meaning.js';
import { ExitCode } from '../../errors/exit-code.js';
import type { PathMetrics, UploadPath } from '../../upload/pace/rollout.js';
import type { UploadedFile } from '../../upload/uploaded-file.js';

/** The result of an upload at one target. */
export interface TargetReport {
  /** The target's own id. */
  readonly target: string;
  readonly uploadedCount: number;
  /** Files that were at the target already. */
  readonly presentCount: number;
  readonly failedCount: number;
  /** The total size of the files that are there now. */
  readonly sizeBytes: number;
  /** Metrics of the files sent in parallel, and of those sent one after the other. */
  readonly paths: Readonly<Record<UploadPath, PathMetrics>>;
  /** Why files are no longer sent in parallel. */
  readonly turnedBack?: string;
  /** Why the remaining files were not tried. They count as failed. */
  readonly failure?: { readonly code: ErrorCode; readonly message: string };
}

/** Why a target was given up, with a remedy. Messages about single requests have none. */
export function failureOf({ code, message }: ChatferryError): NonNullable<TargetReport['failure']> {
  if (code === 'UNREACHABLE' && !message.includes('same command')) {
    return {
      code,
      message: `${message} Check its address and the network. Nothing is lost: the same command continues where this one stopped.`,
    };
  }
  if (code === 'TIMEOUT') {
    const goesOn = message.includes('same command') ? '' : ' Nothing is lost: the same command continues.';
    return { code, message: `${message}${goesOn} UPLOAD_TIMEOUT_SECONDS sets how long to wait for an answer.` };
  }
  return { code, message };
}

/** The result of a complete upload. */
export interface UploadReport {
  /** In the order in which they were named. */
  readonly targets: readonly TargetReport[];
  /** The codes of the files that failed. */
  readonly failureCodes: ReadonlySet<ErrorCode>;
  readonly wallMs: number;
}

/** Counts the results of files. */
export class TargetTally {
  readonly failureCodes: Set<ErrorCode> = new Set();
  uploadedCount: number = 0;
  presentCount: number = 0;
  failedCount: number = 0;
  sizeBytes: number = 0;

  add(file: UploadedFile): void {
    if (file.state === 'failed') {
      this.failedCount += 1;
      this.failureCodes.add(file.code);
      return;
    }
    this.sizeBytes += file.sizeBytes;
    if (file.state === 'uploaded') this.uploadedCount += 1;
    else this.presentCount += 1;
  }
}

/**
 * 0 if every file is uploaded and verified; 7 if a target could not be used or refused all files; 4 if some files
 * failed.
 */
export function exitCodeOfUpload({ targets, failureCodes }: UploadReport): ExitCode {
  const failure = targets.find((target) => target.failure !== undefined)?.failure;
  if (failure !== undefined) return ERROR_MEANINGS[failure.code].exitCode;
  if (failureCodes.size === 0) return ExitCode.complete;
  const isNothingThere = targets.every(({ uploadedCount, presentCount }) => uploadedCount + presentCount === 0);
  const isRefused = [...failureCodes].every((code) => ERROR_MEANINGS[code].exitCode === ExitCode.remoteRefused);
  return isNothingThere && isRefused ? ExitCode.remoteRefused : ExitCode.mediaMissing;
}
