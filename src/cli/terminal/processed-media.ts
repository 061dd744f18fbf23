import { basename, relative } from 'node:path';

import type { FoundMedia } from '../../app/process/media-files-found.js';
import type { ProcessedMedia } from '../../app/process-media.js';
import { formatBytes } from '../../metrics/summary-line.js';
import { countOf, formatDuration } from './amounts.js';
import { printableLine } from '../../text/printable.js';

/** What a run came to. */
export interface Tally {
  readonly fileCount: number;
  readonly wallMs: number;
  /** Files that failed, and those of which something could not be made. */
  readonly troubled: readonly ProcessedMedia[];
  readonly derivativeCount: number;
  /** Files of which an earlier run had made all. */
  readonly madeBeforeCount: number;
  /** Folders that could not be read. */
  readonly unreadable: FoundMedia['unreadable'];
  /** Empty unless they are to be kept. */
  readonly results: readonly ProcessedMedia[];
}

/** One file on one line: what it is, what was made of it, what could not be. */
export function mediumLine(result: ProcessedMedia, path: string): string {
  const name = printableLine(path);
  if (result.state === 'failed') return `${name}: failed: ${printableLine(result.reason)}`;
  const { content, rightExtension, sizeBytes, facts, derivatives, problems, replacedBy, wasMade } = result;
  const { width, height, durationSeconds, videoCodec, audioCodec } = facts;
  const parts = [
    rightExtension === undefined ? content.mimeType : `${content.mimeType}, should be called .${rightExtension}`,
    formatBytes(sizeBytes),
    width === undefined || height === undefined ? undefined : `${width} × ${height}`,
    durationSeconds === undefined ? undefined : formatDuration(durationSeconds * 1000),
    [videoCodec, audioCodec].filter((codec) => codec !== undefined).join(' + ') || undefined,
    derivatives.map(({ kind }) => kind).join(', ') || undefined,
    wasMade && 'made before',
    replacedBy && `now ${printableLine(basename(replacedBy.path))}, ${formatBytes(replacedBy.sizeBytes)}`,
    ...problems.map(({ work, reason }) => `no ${work}: ${printableLine(reason)}`),
  ];
  return `${name}: ${parts.filter((part) => part !== undefined).join(' · ')}`;
}

/** What names came to and is not processed, on a line each. Folders that cannot be read are for the closing words. */
export function leftOutLines({ folderLinks, noFiles, ownCount }: FoundMedia, cwd: string): readonly string[] {
  const links = folderLinks.map((path) => {
    const name = printableLine(relative(cwd, path));
    return `Not followed: ${name} is a link to a folder. Name it to process the files in it.`;
  });
  const others = noFiles.map((path) => {
    return `Not opened: ${printableLine(relative(cwd, path))} is a pipe, a device or a socket, and no file.`;
  });
  if (ownCount === 0) return [...links, ...others];
  return [...links, ...others, `Left out: ${countOf(ownCount, 'file')} that chatferry made from others.`];
}

/** The closing words, behind a list of what went wrong. */
export function processSummary(tally: Tally): string {
  const { fileCount, wallMs, troubled, unreadable, derivativeCount, madeBeforeCount } = tally;
  const rate = (fileCount / Math.max(wallMs, 1)) * 1000;
  const failedCount = troubled.filter(({ state }) => state === 'failed').length;
  const incompleteCount = troubled.length - failedCount;
  const words = [
    countOf(fileCount, 'file'),
    `${failedCount} failed`,
    ...(incompleteCount === 0 ? [] : [`${incompleteCount} incomplete`]),
    `${countOf(derivativeCount, 'file')} made`,
    ...(madeBeforeCount === 0 ? [] : [`${countOf(madeBeforeCount, 'file')} made before`]),
    `${formatDuration(wallMs)} (${rate.toFixed(1)} files/s)`,
  ];
  const folders = unreadable.map(({ reason }) => `failed: ${printableLine(reason)}`);
  return [...troubled.flatMap(troubleLines), ...folders, words.join(', ')].join('\n');
}

function troubleLines(result: ProcessedMedia): readonly string[] {
  const path = printableLine(result.path);
  if (result.state === 'failed') return [`failed: ${path}: ${printableLine(result.reason)}`];
  return result.problems.map(({ work, reason }) => `incomplete: ${path}: no ${work}: ${printableLine(reason)}`);
}
