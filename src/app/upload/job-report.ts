import type { ChatferryError, ErrorCode } from '../../errors/chatferry-error.js';
import { ERROR_MEANINGS } from '../../errors/error-meaning.js';
import { ExitCode } from '../../errors/exit-code.js';
import type { PathMetrics, UploadPath } from '../../upload/pace/rollout.js';
import type { UploadedFile } from '../../upload/uploaded-file.js';

/** What became of all files at one target. */
export interface TargetReport {
  /** The target's own id. */
  readonly target: string;
  readonly uploadedCount: number;
  /** Files that the far end had already. */
  readonly presentCount: number;
  readonly failedCount: number;
  /** Of the files that are there now. */
  readonly sizeBytes: number;
  /** How the files fared that were sent in parallel, and those that were sent one after the other. */
  readonly paths: Readonly<Record<UploadPath, PathMetrics>>;
  /** Why files are no longer sent in parallel. */
  readonly turnedBack?: string;
  /** Why files were not tried any more: those are among the failed. */
  readonly failure?: { readonly code: ErrorCode; readonly message: string };
}

/** Why a target was given up, with what to do about it: tries of single requests are told without. */
export function failureOf({ code, message }: ChatferryError): NonNullable<TargetReport['failure']> {
  if (code === 'UNREACHABLE' && !message.includes('same command')) {
    return {
      code,
      message: `${message} Check its address and the network. Nothing is lost: the same command continues where this one stopped.`,
    };
  }
  if (code === 'TIMEOUT') {
    const goesOn = message.includes('same command') ? '' : ' Nothing is lost: the same command continues.';
    return { code, message: `${message}${goesOn} UPLOAD_TIMEOUT_SECONDS says how long an answer is waited for.` };
  }
  return { code, message };
}

/** What became of a whole upload. */
export interface UploadReport {
  /** In the order in which they were named. */
  readonly targets: readonly TargetReport[];
  /** The codes of the files that failed. */
  readonly failureCodes: ReadonlySet<ErrorCode>;
  readonly wallMs: number;
}

/** Counts what becomes of files. */
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
 * 0 when every file is there and verified; 7 when a target could not be used, or refused all that was to come to it; 4 when
 * some failed.
 */
export function exitCodeOfUpload({ targets, failureCodes }: UploadReport): ExitCode {
  const failure = targets.find((target) => target.failure !== undefined)?.failure;
  if (failure !== undefined) return ERROR_MEANINGS[failure.code].exitCode;
  if (failureCodes.size === 0) return ExitCode.complete;
  const isNothingThere = targets.every(({ uploadedCount, presentCount }) => uploadedCount + presentCount === 0);
  const isRefused = [...failureCodes].every((code) => ERROR_MEANINGS[code].exitCode === ExitCode.remoteRefused);
  return isNothingThere && isRefused ? ExitCode.remoteRefused : ExitCode.mediaMissing;
}
