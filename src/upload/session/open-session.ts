import type { SessionFiles } from './session-files.js';
import type { PartPlan } from '../parts/part-plan.js';
import type { SourceMark } from '../file/source-file.js';
import type { DonePart, SessionStatus, UploadSession } from './upload-session.js';
import type { StoredForm } from '../uploaded-file.js';
import type { RemoteUpload } from '../upload-target.js';

/** The data of a new session. */
export interface NewSession {
  readonly id: string;
  readonly path: string;
  readonly target: string;
  readonly name: string;
  readonly mark: SourceMark;
  /** Of the whole file, hex. */
  readonly sha256: string;
  readonly stored?: StoredForm | undefined;
  readonly plan: PartPlan;
  /** UTC milliseconds. */
  readonly nowMs: number;
  readonly lifeMs: number;
  readonly shownPercentage: number;
}

export interface SessionEnd {
  /** Why it failed. */
  readonly error?: string;
  /** @defaultValue the value that was written last */
  readonly shownPercentage?: number;
  /** @defaultValue the value that was written last */
  readonly sentBytes?: number | undefined;
}

/** Data that is recorded with a part. */
export interface PartRecord {
  readonly shownPercentage: number;
  /** When the target discards the upload, if it has sent a new time. UTC milliseconds. */
  readonly expiresAtMs?: number | undefined;
  /**
   * The record may be written in the background, because a more important write follows, or the target lists its parts.
   */
  readonly isLightweight: boolean;
}

interface SessionPlace {
  readonly files: SessionFiles;
  /** UTC milliseconds. */
  readonly now: () => number;
}

/**
 * A session that a run works on. Changes are on disk when a method's promise resolves. Methods without a promise write in the
 * background; their errors are thrown by the next method with one. Changes during a write are combined into the next write.
 */
export class OpenSession {
  readonly #files: SessionFiles;
  readonly #now: () => number;
  /** The latest expiry of the session, whatever the target says. UTC milliseconds. */
  readonly #latestMs: number;
  #session: UploadSession;
  #writing: Promise<void> | undefined;
  #version = 0;
  #writtenVersion = 0;
  #promisedPercentage: number;

  /** @param session - Is on disk. @param latestMs - Its latest expiry. */
  constructor(session: UploadSession, { files, now }: SessionPlace, latestMs: number = session.expiresAtMs) {
    this.#latestMs = latestMs;
    this.#session = session;
    this.#promisedPercentage = session.shownPercentage;
    this.#files = files;
    this.#now = now;
  }

  /** Creates a new session, without an upload to resume. */
  static begin(begun: NewSession, files: SessionFiles, now: () => number): OpenSession {
    const { id, path, target, name, mark, sha256, stored, plan, nowMs, lifeMs, shownPercentage } = begun;
    const session = new OpenSession(
      {
        version: 1,
        id,
        path,
        target,
        name,
        sizeBytes: mark.sizeBytes,
        sha256,
        modifiedNs: mark.modifiedNs,
        inode: mark.inode,
        ...(stored === undefined ? {} : { stored }),
        partBytes: plan.partBytes,
        parts: [],
        createdAtMs: nowMs,
        updatedAtMs: nowMs,
        expiresAtMs: nowMs + lifeMs,
        shownPercentage,
        status: 'active',
      },
      { files, now },
    );
    session.#promisedPercentage = 0; // Nothing of it is on disk yet.
    session.#writeMeanwhile();
    return session;
  }

  get data(): UploadSession {
    return this.#session;
  }

  /**
   * The percentage that may be shown now: the next run starts with at least this, even if this run is killed. It grows
   * when a write has ended.
   */
  get promisedPercentage(): number {
    return this.#promisedPercentage;
  }

  /**
   * Records that the target has begun the upload, perhaps with its expiry. No progress is shown before this is on disk.
   */
  setRemote(remote: RemoteUpload, shownPercentage: number): Promise<void> {
    const said = Number(remote['expiresAtMs'] ?? NaN);
    const expiry = this.#expiry(Number.isSafeInteger(said) ? said : this.#latestMs);
    return this.#change({ remote, shownPercentage, ...expiry });
  }

  /**
   * Records that the target has a part.
   *
   * On disk on return, unless the record is lightweight.
   */
  async addPart(part: DonePart, { shownPercentage, expiresAtMs, isLightweight }: PartRecord): Promise<void> {
    const others = this.#session.parts.filter(({ index }) => index !== part.index);
    const parts = [...others, part].sort((a, b) => a.index - b.index);
    this.#apply({ parts, shownPercentage, ...(expiresAtMs === undefined ? {} : this.#expiry(expiresAtMs)) });
    if (isLightweight) this.#writeMeanwhile();
    else await this.#write();
  }

  /** Replaces the recorded parts by those that the target really has, ascending. */
  async keepParts(parts: readonly DonePart[]): Promise<void> {
    const known = this.#session.parts;
    if (parts.length !== known.length || parts.some((part, index) => part !== known[index]))
      await this.#change({ parts });
  }

  /** Removes the upload, which is useless. The next step is to begin again. */
  dropRemote(): Promise<void> {
    return this.#change({ remote: undefined, parts: [], sentBytes: undefined });
  }

  end(
    status: SessionStatus,
    { error, shownPercentage = this.#session.shownPercentage, sentBytes = this.#session.sentBytes }: SessionEnd = {},
  ): Promise<void> {
    return this.#change({ status, error, shownPercentage, sentBytes });
  }

  /** Sets the percentage that may be shown. @param sentBytes - If the target can resume at any byte. */
  mayShow(shownPercentage: number, sentBytes: number | undefined): Promise<void> {
    return this.#change({ shownPercentage, ...(sentBytes === undefined ? {} : { sentBytes }) });
  }

  /** Waits until all writes have ended. @throws {ChatferryError} `FILE_SYSTEM` when the last change is not on disk. */
  saved(): Promise<void> {
    return this.#untilWritten(this.#version);
  }

  #expiry(expiresAtMs: number): Pick<UploadSession, 'expiresAtMs'> {
    return { expiresAtMs: Math.min(this.#latestMs, expiresAtMs) };
  }

  #change(changed: Partial<UploadSession>): Promise<void> {
    this.#apply(changed);
    return this.#write();
  }

  #apply(changed: Partial<UploadSession>): void {
    this.#session = { ...this.#session, ...changed, updatedAtMs: this.#now() };
    this.#promisedPercentage = Math.min(this.#promisedPercentage, this.#session.shownPercentage);
  }

  #writeMeanwhile(): void {
    // Callers that wait for a later write get the same error.
    this.#write().catch(() => undefined);
  }

  /** Waits for a write that contains the last change. */
  #write(): Promise<void> {
    this.#version += 1;
    return this.#untilWritten(this.#version);
  }

  async #untilWritten(version: number): Promise<void> {
    while (this.#writtenVersion < version) {
      this.#writing ??= this.#writeOnce();
      await this.#writing;
    }
  }

  async #writeOnce(): Promise<void> {
    const version = this.#version;
    const { shownPercentage } = this.#session;
    try {
      await this.#files.write(this.#session);
      this.#writtenVersion = version;
      this.#promisedPercentage = Math.min(shownPercentage, this.#session.shownPercentage);
    } finally {
      this.#writing = undefined;
    }
  }
}
