import { createHash } from 'node:crypto';

import { OpenSession } from './open-session.js';
import type { PartPlan } from './part-plan.js';
import type { SessionFiles } from './session-files.js';
import type { SourceMark } from './source-file.js';
import type { UploadSession } from './upload-session.js';

/** Hex digits: 80 bits tell all uploads of a person apart. */
const ID_DIGITS = 20;

/** What makes two uploads the same one. */
export interface SessionKey {
  /** Absolute, of the source. */
  readonly path: string;
  /** The target's own id. */
  readonly target: string;
  /** What the file is called at the far end. */
  readonly name: string;
  /** The user's own name for it. The path does not matter then. */
  readonly sessionName?: string;
}

/** The id of the session of an upload. */
export function sessionIdOf({ path, target, name, sessionName }: SessionKey): string {
  const place = sessionName === undefined ? [path] : [];
  const digest = createHash('sha256')
    .update([target, name, ...place].join('\0'))
    .digest('hex')
    .slice(0, ID_DIGITS);
  return sessionName === undefined ? digest : `${sessionName}.${digest}`;
}

export interface WantedSession extends SessionKey {
  readonly mark: SourceMark;
  /** Of the whole file, hex. */
  readonly sha256: string;
  /** Cuts the file: by its own size, or as an earlier run did. */
  readonly planFor: (partBytes?: number) => PartPlan;
  readonly lifeMs: number;
}

export interface ChosenSession {
  readonly session: OpenSession;
  readonly plan: PartPlan;
  /** The one that it takes the place of, because it is of no use. */
  readonly replaced?: { readonly session: UploadSession; readonly reason: string };
}

/** Goes on with the session of an earlier run where that is of use, else begins one. @param now - UTC milliseconds. */
export async function chooseSession(
  wanted: WantedSession,
  files: SessionFiles,
  now: () => number,
): Promise<ChosenSession> {
  const id = sessionIdOf(wanted);
  const earlier = await files.read(id);
  const reason = earlier === undefined ? undefined : whyUseless(earlier, wanted, now());
  if (earlier !== undefined && reason === undefined) {
    const latestMs = earlier.createdAtMs + wanted.lifeMs;
    const session = new OpenSession({ ...earlier, path: wanted.path }, files, now, latestMs);
    await session.end('active');
    return { session, plan: wanted.planFor(earlier.partBytes) };
  }
  const plan = wanted.planFor();
  const session = await OpenSession.begin(
    { ...wanted, id, plan, nowMs: now(), shownPercentage: earlier?.shownPercentage ?? 0 },
    files,
    now,
  );
  const isOver = earlier === undefined || earlier.status === 'complete';
  return { session, plan, ...(isOver ? {} : { replaced: { session: earlier, reason: reason ?? '' } }) };
}

function whyUseless(earlier: UploadSession, { mark, sha256 }: WantedSession, nowMs: number): string | undefined {
  if (earlier.status === 'complete') return 'it is complete';
  if (earlier.expiresAtMs <= nowMs) return 'the upload session has expired';
  if (earlier.sizeBytes !== mark.sizeBytes || earlier.sha256 !== sha256) return 'the file has changed since';
  return undefined;
}
