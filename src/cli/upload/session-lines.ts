import { sessionNameOf } from '../../app/upload/chosen-sessions.js';
import { formatBytes } from '../../metrics/summary-line.js';
import { printableLine } from '../../text/printable.js';
import type { SessionStatus, UploadSession } from '../../upload/session/upload-session.js';
import { countOf } from '../terminal/amounts.js';
import { roughDuration } from '../terminal/progress/progress-rows.js';

/** A session as people see it. `active`: a run works on it. `interrupted`: one did, and was killed. */
export interface ShownSession extends Omit<UploadSession, 'status'> {
  readonly status: SessionStatus | 'interrupted';
}

/** A session as a document: without its parts, which `show` has. */
export function sessionDocument(session: ShownSession): Readonly<Record<string, unknown>> {
  const { parts, ...facts } = session;
  return {
    type: 'session',
    ...facts,
    sessionName: sessionNameOf(session),
    doneParts: parts.length,
    doneBytes: doneBytes(session),
  };
}

/** `my-upload.0123… paused 42 % film.mp4 → dir:/mnt/backup, 3 h left`. */
export function sessionLine(session: ShownSession, nowMs: number): string {
  const { id, status, path, target, sizeBytes, expiresAtMs } = session;
  const ratio = sizeBytes === 0 ? 0 : doneBytes(session) / sizeBytes;
  const life = expiresAtMs > nowMs ? `${roughDuration(expiresAtMs - nowMs)} left` : 'expired';
  const size = formatBytes(sizeBytes);
  return printableLine(`${id}  ${status} ${Math.floor(ratio * 100)} % of ${size}  ${path} → ${target}, ${life}`);
}

/** All that is known of a session, line by line. */
export function sessionDetails(session: ShownSession): string {
  const { id, status, path, target, name, sizeBytes, sha256, partBytes, parts, sentBytes, error } = session;
  const partCount = Math.max(1, Math.ceil(sizeBytes / partBytes));
  const time = (ms: number): string => new Date(ms).toISOString();
  const rows: readonly (readonly [string, string])[] = [
    ['id', id],
    ['status', error === undefined ? status : `${status}: ${error}`],
    ['file', path],
    ['target', target],
    ['name there', name],
    ['size', `${sizeBytes} bytes, SHA-256 ${sha256}`],
    [
      'parts',
      `${parts.length} of ${partCount}, of ${formatBytes(partBytes)}; ${formatBytes(doneBytes(session))} ${sentBytes === undefined ? 'there' : 'sent'}`,
    ],
    ['begun', time(session.createdAtMs)],
    ['changed', time(session.updatedAtMs)],
    ['expires', time(session.expiresAtMs)],
  ];
  return rows.map(([label, text]) => printableLine(`${label.padEnd(12)}${text}`)).join('\n');
}

/** What a target has of files that are not done. */
export interface KeptThere {
  readonly target: string;
  readonly fileCount: number;
  readonly bytes: number;
}

/** What sessions have left at their targets, one for each target that has something. */
export function keptThere(sessions: readonly UploadSession[]): readonly KeptThere[] {
  const begun = sessions.filter((session) => session.remote !== undefined && doneBytes(session) > 0);
  return [...new Set(begun.map(({ target }) => target))].map((target) => {
    const own = begun.filter((session) => session.target === target);
    return { target, fileCount: own.length, bytes: own.reduce((sum, session) => sum + doneBytes(session), 0) };
  });
}

/** The same for who ends a run before its time: a line for each target. */
export function keptLines(all: readonly KeptThere[]): readonly string[] {
  return all.map(({ target, fileCount, bytes }) => {
    const kept = `${target} keeps ${formatBytes(bytes)} of ${countOf(fileCount, 'unfinished file')} to go on with`;
    // Most programs show none of them, and the store counts them.
    const isBucket = target.startsWith('s3:');
    return isBucket
      ? `${kept}: parts that take room until then, or until chatferry upload sessions delete.`
      : `${kept}.`;
  });
}

function doneBytes({ parts, sentBytes = 0 }: ShownSession): number {
  return Math.max(
    sentBytes,
    parts.reduce((sum, one) => sum + one.sizeBytes, 0),
  );
}
