import type { BegunUploads } from './session/begun-uploads.js';
import type { OpenSession } from './session/open-session.js';
import type { PartReader } from './parts/part-reader.js';
import type { PreparedFile } from './file/prepared-file.js';
import type { ProgressTracker } from './progress/progress-tracker.js';
import type { Requests } from './pace/requests.js';
import type { DonePart } from './session/upload-session.js';
import type { UploadTarget } from './upload-target.js';

export interface FileOnItsWayOptions extends Pick<PreparedFile, 'original' | 'file' | 'plan'> {
  readonly target: UploadTarget;
  readonly session: OpenSession;
  readonly reader: PartReader;
  readonly progress: ProgressTracker;
  readonly requests: Requests;
  /** Where is noted what was begun; undefined where the target lists no unfinished uploads. */
  readonly begun?: BegunUploads | undefined;
  /** Parts at a time at most; 1: one after the other. */
  readonly senderCount: number;
  /** UTC milliseconds. */
  readonly now: () => number;
}

/** One file on its way to one target, and all that is needed to send it. */
export interface FileOnItsWay extends FileOnItsWayOptions {
  /** Notes in the session that the far end has a part. @param expiresAtMs - When the far end gives the upload up, where it says so. */
  record(part: DonePart, expiresAtMs?: number): Promise<void>;
  /** Says how much the far end has. @param bytes - Where that is not the sum of the session's parts. */
  tellKnown(bytes?: number): void;
  /** Percent that may be shown before the session is written next. */
  mayBeShown(): number;
}

export function fileOnItsWay(options: FileOnItsWayOptions): FileOnItsWay {
  const { plan, progress, session, file, senderCount, target } = options;
  // A far end that lists parts need not wait for the disk: what a kill keeps from being written down, it tells. One write
  // is under way at a time, and meanwhile each sender may come as far as its next part.
  const isListed = target.abilities.resumesBy === 'parts';
  const aheadBytes = senderCount * plan.partBytes * (isListed ? 2 : 1);
  return {
    ...options,
    mayBeShown: () => progress.shownWith(aheadBytes),
    record: (part, expiresAtMs) => {
      const isLast = session.data.parts.length + 1 === plan.partCount;
      return session.addPart(part, {
        shownPercentage: progress.shownWith(aheadBytes),
        expiresAtMs,
        isLightweight: isListed || isLast,
      });
    },
    tellKnown: (bytes) => {
      const { parts, id, shownPercentage } = session.data;
      progress.know({
        totalBytes: file.sizeBytes,
        partCount: plan.partCount,
        doneParts: parts.length,
        doneBytes: bytes ?? parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
        sessionId: id,
        shownPercentage,
      });
    },
  };
}
