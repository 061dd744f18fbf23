import { createHash } from 'node:crypto';

import { ChatferryError } from '../../errors/chatferry-error.js';
import { OpenSession } from './open-session.js';
import { type PartPlan, partRange } from '../parts/part-plan.js';
import type { SessionFiles } from './session-files.js';
import type { SourceMark } from '../file/source-file.js';
import type { DonePart, UploadSession } from './upload-session.js';
import type { StoredForm } from '../uploaded-file.js';

/** Hex digits: 80 bits are enough to make all uploads of a person unique. */
const ID_DIGITS = 20;
/** Valid session names of users. With the digits they become file names. */
const SESSION_NAME = /^[A-Za-z0-9][\w.-]{0,59}$/;

/** Identifies an upload across runs. */
export interface SessionKey {
  /** Absolute, of the source. */
  readonly path: string;
  /** The target's own id. */
  readonly target: string;
  /** The name of the file at the target. */
  readonly name: string;
  /** The user's own name for it. The path does not matter then. */
  readonly sessionName?: string;
}

/**
 * The id of the session of an upload.
 *
 * @throws {ChatferryError} `USAGE` for a name that is not valid in a file name.
 */
export function sessionIdOf({ path, target, name, sessionName }: SessionKey): string {
  // Names that differ only in case must not share a file on file systems that ignore case.
  const place = sessionName === undefined ? ['at', path] : ['named', sessionName];
  const digest = createHash('sha256')
    .update([target, name, ...place].join('\0'))
    .digest('hex')
    .slice(0, ID_DIGITS);
  if (sessionName === undefined) return digest;
  if (!SESSION_NAME.test(sessionName)) {
    const message = `A session cannot be called "${sessionName}". Take up to 60 letters, digits, dots, dashes and underscores, beginning with a letter or digit.`;
    throw new ChatferryError('USAGE', message);
  }
  return `${sessionName}.${digest}`;
}

export interface WantedSession extends SessionKey {
  /** Of the original. */
  readonly mark: SourceMark;
  /** Of the original, hex. */
  readonly sha256: string;
  readonly stored?: StoredForm | undefined;
  /** How the sent bytes are divided: as in the earlier session, if there is one and the target still accepts it. */
  readonly plan: PartPlan;
  readonly lifeMs: number;
}

export interface ChosenSession {
  readonly session: OpenSession;
  /** The useless session that it replaces. */
  readonly replaced?: { readonly session: UploadSession; readonly reason: string };
}

/** Resumes the session of an earlier run if possible, else begins a new one. @param now - UTC milliseconds. */
export async function chooseSession(
  wanted: WantedSession,
  files: SessionFiles,
  now: () => number,
): Promise<ChosenSession> {
  const id = sessionIdOf(wanted);
  const earlier = await readEarlier(wanted, files);
  const reason = earlier === undefined ? undefined : uselessReason(earlier, wanted, now());
  if (earlier !== undefined && reason === undefined) {
    const latestMs = earlier.createdAtMs + wanted.lifeMs;
    const session = new OpenSession({ ...earlier, path: wanted.path }, { files, now }, latestMs);
    await session.end('active');
    return { session };
  }
  const session = OpenSession.begin(
    { ...wanted, id, nowMs: now(), shownPercentage: earlier?.shownPercentage ?? 0 },
    files,
    now,
  );
  return { session, ...(earlier === undefined ? {} : { replaced: { session: earlier, reason: reason ?? '' } }) };
}

/** The session of an earlier run for the same upload. */
export async function readEarlier(key: SessionKey, files: SessionFiles): Promise<UploadSession | undefined> {
  const found = await files.read(sessionIdOf(key));
  return found?.target === key.target && found.name === key.name ? found : undefined;
}

function uselessReason(
  earlier: UploadSession,
  { mark, sha256, stored, plan }: WantedSession,
  nowMs: number,
): string | undefined {
  if (earlier.status === 'complete') return 'it is complete';
  if (earlier.expiresAtMs <= nowMs) return 'the upload session has expired';
  if (earlier.sizeBytes !== mark.sizeBytes || earlier.sha256 !== sha256) return 'the file has changed since';
  if (earlier.stored?.sha256 !== stored?.sha256) return 'its compressed bytes differ from before';
  if (earlier.partBytes !== plan.partBytes) return 'the target now needs parts of another size';
  if (!earlier.parts.every((part) => isPartOf(plan, part))) return 'the upload session is damaged';
  return undefined;
}

/** A part that was interrupted and resumed ends at the end of its part, and begins where the rest began. */
function isPartOf(plan: PartPlan, { index, offset, sizeBytes }: DonePart): boolean {
  if (index >= plan.partCount) return false;
  const whole = partRange(plan, index);
  return offset >= whole.offset && offset + sizeBytes === whole.offset + whole.sizeBytes;
}
