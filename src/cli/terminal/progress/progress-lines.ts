import { formatBytes } from '../../../metrics/summary-line.js';
import type { ChatProgress, RunEvent, UploadsAtTarget } from '../../../pipeline/export-progress.js';
import { countOf, formatCount, formatDuration } from '../amounts.js';
import { printableLine, shortTitle } from '../../../text/printable.js';

/** The name a chat goes by on the screen. */
export function chatTitle(chat: {
  readonly title: string;
  readonly lastName?: string;
  readonly peerId: string;
}): string {
  const name = [chat.title, chat.lastName].filter((part) => part !== undefined).map(shortTitle);
  const title = printableLine(shortTitle(name.join(' '))).trim();
  return title === '' ? chat.peerId : title;
}

/** Which chat of a run over several is being exported. */
export interface ChatPosition {
  /** From 1. */
  readonly number: number;
  readonly count: number;
}

/** One line about an event; `undefined` for steady progress, which is too much to be told each time. */
export function eventLine(event: RunEvent, position?: ChatPosition): string | undefined {
  switch (event.type) {
    case 'progress':
    case 'previews':
    case 'upload-progress':
    case 'chat-position':
      return undefined;
    case 'chat-started': {
      const total = event.messagesTotal === undefined ? '' : `, ${countOf(event.messagesTotal, 'message')}`;
      const of =
        position === undefined ? '' : `chat ${formatCount(position.number)} of ${formatCount(position.count)}: `;
      return `${of}${chatTitle(event.chat)}: starting${total}`;
    }
    case 'chat-finished': {
      const news = `${formatCount(event.newMessageCount)} new`;
      return `${chatTitle(event.chat)}: done, ${countOf(event.messagesDone, 'message')} (${news}), ${mediaText(event)}`;
    }
    case 'flood-wait':
      return `Telegram orders a pause of ${formatDuration(event.waitMs)} for ${printableLine(event.method)}`;
    case 'fallback-to-sequential': {
      const percent = (event.errorRatio * 100).toFixed(0);
      return event.active
        ? `${percent} % of the last media failed: continuing one at a time`
        : `media succeed again: continuing in parallel`;
    }
    case 'throttle': {
      const memory = `${formatBytes(event.residentBytes)} of ${formatBytes(event.limitBytes)} in use`;
      return event.on
        ? `memory is high (${memory}): no new media for now`
        : `memory is below its limit again (${memory})`;
    }
    case 'rendered':
      return `${printableLine(event.format)}: ${printableLine(event.path)}`;
    case 'note':
      return printableLine(event.text);
  }
}

/** Steady progress as one line, without the title of the chat. */
export function progressLine(progress: ChatProgress): string {
  const total = progress.messagesTotal === undefined ? '' : ` of ${formatCount(progress.messagesTotal)}`;
  const permits = `${String(progress.inFlight)} of ${String(progress.permits)} at once`;
  const parts = [`${formatCount(progress.messagesDone)}${total} messages`, mediaText(progress), permits];
  return [...parts, ...(progress.throttled ? ['throttled'] : [])].join(', ');
}

/** `previews of 120 of 310 files`. */
export function previewsLine({ doneCount, totalCount }: Extract<RunEvent, { type: 'previews' }>): string {
  const done = totalCount === undefined ? '' : `${formatCount(doneCount)} of `;
  return `previews of ${done}${countOf(totalCount ?? doneCount, 'file')}`;
}

/** `12 files (1 failed), 45.2 MB uploaded, 4.0 MB/s`. */
export function uploadsText({ doneFiles, failedFiles, doneBytes, bytesPerSecond }: UploadsAtTarget): string {
  const failed = failedFiles === 0 ? '' : ` (${formatCount(failedFiles)} failed)`;
  const speed = bytesPerSecond === 0 ? '' : `, ${formatBytes(bytesPerSecond)}/s`;
  return `${countOf(doneFiles, 'file')}${failed}, ${formatBytes(doneBytes)} uploaded${speed}`;
}

/** `310 media (2 failed), 45.2 MB fetched`. */
export function mediaText({ mediaDone, mediaFailed, bytesDone }: ChatProgress): string {
  const failed = mediaFailed === 0 ? '' : ` (${formatCount(mediaFailed)} failed)`;
  return `${formatCount(mediaDone)} media${failed}, ${formatBytes(bytesDone)} fetched`;
}
