import { FilesServer, refusal, type FilesServerOptions, type ServedFile } from './files-server.js';
import type { Answer, Received } from './protocol-server.js';

const MB = 1024 * 1024;
const MOST_FILES = 1000;
const MOST_BYTES = 10_000_000_000;

export interface KimiServerOptions extends FilesServerOptions {
  /** A file is read after so many looks at it. @defaultValue 0 */
  readonly looksUntilRead?: (file: ServedFile) => number;
  /** What it says of a file that was read: the reference has both. @defaultValue `ok` */
  readonly readyStatus?: 'ok' | 'ready';
}

/** Kimi's files (https://platform.kimi.ai/docs/api/files-upload), as the reference has them. */
export class KimiServer extends FilesServer {
  protected readonly idPrefix = 'd';
  readonly #options: KimiServerOptions;
  readonly #looksLeft = new Map<string, number>();
  /** The most that were there at a time. */
  maxFiles = 0;
  maxBytes = 0;
  /** Requests that send a file, at a time. */
  mostUploads = 0;
  /** In the order in which their texts were fetched. */
  readonly fetched: string[] = [];
  /** Everything that was ever uploaded, by name. */
  readonly received: Map<string, Buffer> = new Map();
  #uploads = 0;

  constructor(options: KimiServerOptions) {
    super(options);
    this.#options = options;
  }

  /** As if somebody else had looked at every file. */
  lookAtAll(): void {
    for (const file of this.files.values()) this.look(file);
  }

  protected override async handle(received: Received): Promise<Answer> {
    const isUpload = received.method === 'POST';
    if (isUpload) this.mostUploads = Math.max(this.mostUploads, (this.#uploads += 1));
    try {
      return await super.handle(received);
    } finally {
      if (isUpload) this.#uploads -= 1;
      this.maxFiles = Math.max(this.maxFiles, this.files.size);
      this.maxBytes = Math.max(this.maxBytes, this.#heldBytes());
    }
  }

  protected refusalOf({ filename, bytes, purpose }: Omit<ServedFile, 'id'>): Answer | undefined {
    if (!['file-extract', 'image', 'video', 'batch'].includes(purpose)) {
      return refusal(400, 'invalid_request_error', `Invalid purpose: ${purpose}`);
    }
    if (bytes.length > 100 * MB) return refusal(413, 'invalid_request_error', 'The file is larger than 100 MB.');
    if (this.files.size >= MOST_FILES) return refusal(403, 'exceeded_file_quota', 'There are 1,000 files.');
    if (this.#heldBytes() + bytes.length > MOST_BYTES) return refusal(403, 'exceeded_file_quota', 'There are 10 GB.');
    this.received.set(filename, bytes);
    return undefined;
  }

  protected override look(file: ServedFile): ServedFile {
    const left = this.#looksLeft.get(file.id) ?? this.#options.looksUntilRead?.(file) ?? 0;
    this.#looksLeft.set(file.id, left - 1);
    const isUnreadable = file.filename.includes('unreadable');
    if (left > 0) file.status = 'processing';
    else file.status = isUnreadable ? 'error' : (this.#options.readyStatus ?? 'ok');
    if (isUnreadable && left <= 0) file.statusDetails = 'No text could be found.';
    return file;
  }

  protected more({ method }: Received, path: string): Promise<Answer> {
    const file = this.files.get(/^files\/([\w-]+)\/content$/.exec(path)?.[1] ?? '');
    if (method !== 'GET' || file === undefined) {
      return Promise.resolve(refusal(404, 'resource_not_found_error', 'There is no such file.'));
    }
    if (file.purpose !== 'file-extract' || !['ok', 'ready'].includes(file.status)) {
      return Promise.resolve(refusal(400, 'invalid_request_error', 'The content of this file cannot be had.'));
    }
    this.fetched.push(file.filename);
    const content = {
      content: textOf(file),
      file_type: file.contentType,
      filename: file.filename,
      title: '',
      type: 'file',
    };
    return Promise.resolve({ status: 200, body: content });
  }

  #heldBytes(): number {
    return [...this.files.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }
}

function textOf({ filename, bytes }: ServedFile): string {
  return `The text of ${filename}: ${bytes.subarray(0, 40).toString('hex')} 日本語 \u202E\u0007`;
}
