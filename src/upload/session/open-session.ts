import type { SessionFiles } from './session-files.js';
import type { PartPlan } from '../parts/part-plan.js';
import type { SourceMark } from '../file/source-file.js';
import type { DonePart, SessionStatus, UploadSession } from './upload-session.js';
import type { StoredForm } from '../uploaded-file.js';
import type { RemoteUpload } from '../upload-target.js';

/** What a session is begun with. */
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
  /** @defaultValue what was written last */
  readonly shownPercentage?: number;
  /** @defaultValue what was written last */
  readonly sentBytes?: number | undefined;
}

/** What is said of a part beside itself. */
export interface PartRecord {
  readonly shownPercentage: number;
  /** When the far end gives the upload up, where it has said so anew. UTC milliseconds. */
  readonly expiresAtMs?: number | undefined;
  /** Something that is worth more is written next, or the far end tells what it has: the record is written meanwhile. */
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
  /** No session lives longer, whatever the far end says. UTC milliseconds. */
  readonly #latestMs: number;
  #session: UploadSession;
  #writing: Promise<void> | undefined;
  #version = 0;
  #writtenVersion = 0;
  #promisedPercentage: number;

  /** @param session - Is on the disk. @param latestMs - When it ends at the latest. */
  constructor(session: UploadSession, { files, now }: SessionPlace, latestMs: number = session.expiresAtMs) {
    this.#latestMs = latestMs;
    this.#session = session;
    this.#promisedPercentage = session.shownPercentage;
    this.#files = files;
    this.#now = now;
  }

  /** Makes a new one. It says nothing yet that an upload could go on with. */
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
    session.#promisedPercentage = 0; // Nothing of it is on the disk yet.
    session.#writeMeanwhile();
    return session;
  }

  get data(): UploadSession {
    return this.#session;
  }

  /**
   * Percent that may be shown now: the next run begins with at least as many, whenever this one is killed. It grows when a
   * write has ended.
   */
  get promisedPercentage(): number {
    return this.#promisedPercentage;
  }

  /** The far end has begun it, and maybe said when it gives it up. Nothing is shown before that is on the disk. */
  setRemote(remote: RemoteUpload, shownPercentage: number): Promise<void> {
    const said = Number(remote['expiresAtMs'] ?? NaN);
    const expiry = this.#expiry(Number.isSafeInteger(said) ? said : this.#latestMs);
    return this.#change({ remote, shownPercentage, ...expiry });
  }

  /**
   * The far end has a part.
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

  /** From now on it has the parts that the far end really has, ascending. */
  async keepParts(parts: readonly DonePart[]): Promise<void> {
    const known = this.#session.parts;
    if (parts.length !== known.length || parts.some((part, index) => part !== known[index]))
      await this.#change({ parts });
  }

  /** What the far end had begun is of no use: the next thing it does is to begin. */
  dropRemote(): Promise<void> {
    return this.#change({ remote: undefined, parts: [], sentBytes: undefined });
  }

  end(
    status: SessionStatus,
    { error, shownPercentage = this.#session.shownPercentage, sentBytes = this.#session.sentBytes }: SessionEnd = {},
  ): Promise<void> {
    return this.#change({ status, error, shownPercentage, sentBytes });
  }

  /** From now on so many percent may be shown. @param sentBytes - Where the far end goes on at any byte. */
  mayShow(shownPercentage: number, sentBytes: number | undefined): Promise<void> {
    return this.#change({ shownPercentage, ...(sentBytes === undefined ? {} : { sentBytes }) });
  }

  /** Waits until nothing is written any more. @throws {ChatferryError} `FILE_SYSTEM` when the last change is not on the disk. */
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
    // Those who wait for a later write get the same error.
    this.#write().catch(() => undefined);
  }

  /** Waits for a write that contains what changed last. */
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
