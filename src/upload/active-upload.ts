import type { BegunUploads } from './session/begun-uploads.js';
import type { OpenSession } from './session/open-session.js';
import type { PartReader } from './parts/part-reader.js';
import type { PreparedFile } from './file/prepared-file.js';
import type { ProgressTracker } from './progress/progress-tracker.js';
import type { Requests } from './pace/requests.js';
import type { DonePart } from './session/upload-session.js';
import type { UploadTarget } from './upload-target.js';

export interface ActiveUploadOptions extends Pick<PreparedFile, 'original' | 'file' | 'plan'> {
  readonly target: UploadTarget;
  readonly session: OpenSession;
  readonly reader: PartReader;
  readonly progress: ProgressTracker;
  readonly requests: Requests;
  /** The record of begun uploads; undefined if the target lists no unfinished uploads. */
  readonly begun?: BegunUploads | undefined;
  /** Parts at a time at most; 1: one after the other. */
  readonly senderCount: number;
  /** UTC milliseconds. */
  readonly now: () => number;
}

/** An upload of one file to one target, with everything that is needed to send it. */
export interface ActiveUpload extends ActiveUploadOptions {
  /**
   * Records in the session that the target has a part.
   *
   * @param expiresAtMs - When the target discards the upload, if it says so.
   */
  record(part: DonePart, expiresAtMs?: number): Promise<void>;
  /** Reports how much the target has. @param bytes - If it is not the sum of the session's parts. */
  reportKnown(bytes?: number): void;
  /** The percentage that may be shown before the next write of the session. */
  mayBeShown(): number;
}

/** Within larger parts, the percentage that may be shown is recorded in steps of this size. */
const STRETCH_BYTES = 5 * 1024 * 1024;
/**
 * The least bytes by which recorded progress may exceed sent bytes. Smaller steps would cost too much for small files,
 * because each write takes a few milliseconds.
 */
const MIN_AHEAD_BYTES = 1024 * 1024;
/** The share of a file by which recorded progress may exceed sent bytes; for small files see above. */
const MAX_AHEAD = 0.05;

/**
 * Never shows more progress than the session on disk has recorded, because a killed run cannot record how far it came.
 */
export function activeUpload(options: ActiveUploadOptions): ActiveUpload {
  const { plan, progress, session, file, senderCount, target } = options;
  // If the target lists its parts, sending does not wait for the disk: parts that a killed run could not record are in
  // the list. One write runs at a time, and meanwhile each sender may proceed to its next part.
  const isListed = target.abilities.resumesBy === 'parts';
  const stretchBytes = Math.min(plan.partBytes, STRETCH_BYTES);
  const perSender = stretchBytes * (isListed ? 2 : 1);
  const least = Math.min(plan.partBytes, MIN_AHEAD_BYTES);
  const aheadBytes = Math.min(senderCount * perSender, Math.max(least, Math.floor(file.sizeBytes * MAX_AHEAD)));
  // For small parts, each finished part triggers a write early enough. Only a resumed run starts without recorded
  // reserve.
  const spareBytes = plan.partBytes > stretchBytes ? aheadBytes / 2 : 0;
  const resumesAnywhere = target.abilities.resumesBy === 'offset';
  const mayBeShown = (): number => Math.max(session.data.shownPercentage, progress.shownAhead(aheadBytes));
  progress.showAtMost(() => session.promisedPercentage);
  progress.whenSent(() => {
    const { remote, status, shownPercentage } = session.data;
    if (remote === undefined || status !== 'active' || progress.shownAhead(spareBytes) <= shownPercentage) return;
    // If this fails, no more progress is shown, and the next write of a part reports the same error.
    session
      .mayShow(progress.shownAhead(aheadBytes), resumesAnywhere ? progress.reportedBytes : undefined)
      .catch(() => undefined);
  });
  return {
    ...options,
    mayBeShown,
    record: async (part, expiresAtMs) => {
      const isLast = session.data.parts.length + 1 === plan.partCount;
      const isLightweight = isListed || isLast;
      await session.addPart(part, { shownPercentage: mayBeShown(), expiresAtMs, isLightweight });
    },
    reportKnown: (bytes) => {
      const { parts, id } = session.data;
      progress.know({
        totalBytes: file.sizeBytes,
        partCount: plan.partCount,
        doneParts: parts.length,
        doneBytes: bytes ?? parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
        sessionId: id,
        // The value in the session is higher: it is what this run may show later.
        shownPercentage: progress.shownPercentage,
      });
    },
  };
}
