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
  /** The record of begun uploads; undefined if the target lists no unfinished uploads. */
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
  /** Reports how much the target has. @param bytes - If that is not the sum of the session's parts. */
  tellKnown(bytes?: number): void;
  /** Percent that may be shown before the session is written next. */
  mayBeShown(): number;
}

/** Of a part that is larger, it is written down again and again how much may be shown. */
const STRETCH_BYTES = 5 * 1024 * 1024;
/** Of a small file, so much is written down at once: each write costs a few milliseconds. */
const LEAST_AHEAD_BYTES = 1024 * 1024;
/** What a run that is killed may have promised beyond what it has shown, of a file. */
const MOST_AHEAD = 0.05;

/** Nothing is shown that the session on the disk does not promise: a run that is killed cannot say how far it came. */
export function fileOnItsWay(options: FileOnItsWayOptions): FileOnItsWay {
  const { plan, progress, session, file, senderCount, target } = options;
  // A far end that lists parts need not wait for the disk: what a kill keeps from being written down, it tells. One write
  // is under way at a time, and meanwhile each sender may come as far as its next part.
  const isListed = target.abilities.resumesBy === 'parts';
  const stretchBytes = Math.min(plan.partBytes, STRETCH_BYTES);
  const perSender = stretchBytes * (isListed ? 2 : 1);
  const least = Math.min(plan.partBytes, LEAST_AHEAD_BYTES);
  const aheadBytes = Math.min(senderCount * perSender, Math.max(least, Math.floor(file.sizeBytes * MOST_AHEAD)));
  // Of small parts, each that is there has it written in time. Only a run that goes on begins without anything ahead.
  const spareBytes = plan.partBytes > stretchBytes ? aheadBytes / 2 : 0;
  const resumesAnywhere = target.abilities.resumesBy === 'offset';
  const mayBeShown = (): number => Math.max(session.data.shownPercentage, progress.shownAhead(aheadBytes));
  progress.showAtMost(() => session.promisedPercentage);
  progress.whenSent(() => {
    const { remote, status, shownPercentage } = session.data;
    if (remote === undefined || status !== 'active' || progress.shownAhead(spareBytes) <= shownPercentage) return;
    // If that fails, no more progress is shown, and the next write of a part meets the same error.
    session
      .mayShow(progress.shownAhead(aheadBytes), resumesAnywhere ? progress.toldBytes : undefined)
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
    tellKnown: (bytes) => {
      const { parts, id } = session.data;
      progress.know({
        totalBytes: file.sizeBytes,
        partCount: plan.partCount,
        doneParts: parts.length,
        doneBytes: bytes ?? parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
        sessionId: id,
        // What the session says is more: it is what this run may show by and by.
        shownPercentage: progress.shownPercentage,
      });
    },
  };
}
