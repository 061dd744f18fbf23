import { createHash } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';

import { replaceFile, syncDirectory, makeFolderDurably } from '../../disk/durable-file.js';
import { entryAt } from '../../disk/entry.js';
import { isSystemError, withFileErrors } from '../../disk/file-error.js';
import { createOwnFile, openOwnFile, removeOwnFile } from '../../disk/own-file.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import type {
  Confirmation,
  ExpectedFile,
  HeldParts,
  OutgoingFile,
  OutgoingPart,
  PartReceipt,
  RemoteFile,
  RemoteUpload,
  TargetAbilities,
  TargetLimits,
  UploadTarget,
} from '../upload-target.js';

/** Names aside end with it. */
const ASIDE_SUFFIX = '.uploading';
const PIECE_BYTES = 64 * 1024;

/**
 * A folder of this machine, such as a mounted share: files are written aside, synced, compared and renamed into place.
 */
export class DirectoryTarget implements UploadTarget {
  readonly id: string;
  readonly limits: TargetLimits = {
    leastPartBytes: 1,
    mostPartBytes: Infinity,
    partGranularityBytes: 1,
    mostPartCount: Infinity,
    largestFileBytes: Infinity,
  };
  readonly abilities: TargetAbilities = {
    resumesBy: 'receipts',
    parallelParts: true,
    verifiesBy: 'sha256',
    declaresCompression: false,
    readsBack: true,
  };
  readonly #root: string;

  /** @param root - Made where it is not there. */
  constructor(root: string) {
    this.#root = resolve(root);
    this.id = `dir:${this.#root}`;
  }

  async check(): Promise<void> {
    await makeFolderDurably(this.#root);
  }

  async begin({ name, sizeBytes, sha256 }: OutgoingFile): Promise<RemoteUpload> {
    const path = this.#pathOf(name);
    const aside = `${path}.${sha256.slice(0, 12)}${ASIDE_SUFFIX}`;
    await makeFolderDurably(dirname(path));
    await withFileErrors('write', aside, async () => {
      await using file = await createOwnFile(aside);
      await file.truncate(sizeBytes);
    });
    return { aside, path };
  }

  async held({ aside }: RemoteUpload): Promise<HeldParts> {
    return (await entryAt(required(aside)))?.kind === 'file' ? { kind: 'untold' } : { kind: 'gone' };
  }

  async sendPart({ aside }: RemoteUpload, part: OutgoingPart): Promise<PartReceipt> {
    const path = required(aside);
    await withFileErrors('write', path, async () => {
      await using file = await openOwnFile(path, { writes: true });
      let position = part.offset;
      for await (const piece of part.body()) {
        for (let written = 0; written < piece.length;) {
          const { bytesWritten } = await file.write(piece, written, piece.length - written, position + written);
          written += bytesWritten; // A full disk may take a part only.
        }
        position += piece.length;
      }
      await file.datasync();
    });
    return { index: part.index, tag: '' };
  }

  async complete({ aside, path }: RemoteUpload, file: OutgoingFile): Promise<RemoteFile> {
    const from = required(aside);
    const to = required(path);
    const found = await digestOf(from, new AbortController().signal);
    if (found?.sha256 !== file.sha256) {
      await this.abort({ aside: from });
      throw new ChatferryError(
        'CONTENT_MISMATCH',
        `${to} came out different. Run the same command again: it starts over.`,
      );
    }
    await replaceFile(from, to);
    await syncDirectory(dirname(to));
    return { address: to, id: to };
  }

  async abort({ aside }: RemoteUpload): Promise<void> {
    const path = required(aside);
    await withFileErrors('remove', path, () => removeOwnFile(path));
  }

  async confirm({ id }: RemoteFile, { sha256 }: ExpectedFile, signal: AbortSignal): Promise<Confirmation> {
    const found = await digestOf(id, signal);
    if (found === undefined) return { state: 'missing' };
    return found.sha256 === sha256
      ? { state: 'same', by: 'sha256' }
      : { state: 'different', by: 'sha256', found: found.sha256 };
  }

  async *read({ id }: RemoteFile, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    await using file = await openOwnFile(id);
    for (;;) {
      signal.throwIfAborted();
      const piece = Buffer.allocUnsafe(PIECE_BYTES);
      const { bytesRead } = await file.read(piece, 0, piece.length, null);
      if (bytesRead === 0) return;
      yield piece.subarray(0, bytesRead);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is open between calls.
  }

  #pathOf(name: string): string {
    return join(this.#root, ...name.split('/'));
  }
}

async function digestOf(path: string, signal: AbortSignal): Promise<{ readonly sha256: string } | undefined> {
  try {
    const hash = createHash('sha256');
    await using file = await openOwnFile(path);
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead } = await file.read(piece, 0, piece.length, null);
      if (bytesRead === 0) return { sha256: hash.digest('hex') };
      hash.update(piece.subarray(0, bytesRead));
    }
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function required(text: string | undefined): string {
  if (text !== undefined) return text;
  throw new ChatferryError('INTERNAL', 'An upload session does not say where its file is.');
}
