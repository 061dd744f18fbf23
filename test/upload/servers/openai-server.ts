import { createHash, randomBytes } from 'node:crypto';

import { FilesServer, refusal, type ServedFile } from './files-server.js';
import { type Answer, type Received, wholeBody } from './protocol-server.js';
import { receivedForm } from './received-form.js';

const MB = 1024 * 1024;
const HOUR_MS = 3_600_000;

interface OpenUpload {
  readonly id: string;
  readonly filename: string;
  readonly purpose: string;
  readonly mimeType: string;
  readonly sizeBytes: number;
  readonly createdAtMs: number;
  readonly parts: Map<string, Buffer>;
  status: 'pending' | 'completed' | 'cancelled' | 'expired';
}

/** OpenAI's files and uploads (https://platform.openai.com/docs/api-reference/uploads), as the reference has them. */
export class OpenaiServer extends FilesServer {
  readonly uploads: Map<string, OpenUpload> = new Map();
  /** Changes what was received before it is stored: a server that lies. */
  corrupt: ((bytes: Buffer) => Buffer) | undefined;
  protected readonly idPrefix = 'file-';

  protected refusalOf({ bytes, purpose }: Omit<ServedFile, 'id'>): Answer | undefined {
    if (bytes.length > 512 * MB) return refusal(413, 'invalid_request_error', 'The file is too large.');
    const purposes = ['assistants', 'batch', 'fine-tune', 'vision', 'user_data', 'evals'];
    return purposes.includes(purpose)
      ? undefined
      : refusal(400, 'invalid_request_error', `'${purpose}' is not a purpose.`);
  }

  protected async more(received: Received, path: string): Promise<Answer> {
    if (received.method !== 'POST') return refusal(404, 'invalid_request_error', 'There is no such address.');
    if (path === 'uploads') return this.#begin(received);
    const [, id = '', action = ''] = /^uploads\/([\w-]+)\/(parts|complete|cancel)$/.exec(path) ?? [];
    const upload = this.uploads.get(id);
    if (upload === undefined) return refusal(404, 'invalid_request_error', `No such Upload object: ${id}`);
    if (upload.status === 'pending' && upload.createdAtMs + HOUR_MS <= this.options.now()) upload.status = 'expired';
    if (upload.status !== 'pending') {
      return refusal(400, 'invalid_request_error', `The upload is ${upload.status}.`);
    }
    if (action === 'parts') return this.#takePart(upload, received);
    if (action === 'complete') return this.#complete(upload, received);
    upload.status = 'cancelled';
    return { status: 200, body: uploadObject(upload) };
  }

  async #begin({ body }: Received): Promise<Answer> {
    const asked = JSON.parse((await wholeBody(body)).toString('utf8')) as Readonly<Record<string, unknown>>;
    const { filename, purpose, bytes, mime_type: mimeType } = asked;
    const isWhole = typeof filename === 'string' && typeof purpose === 'string' && typeof mimeType === 'string';
    if (!isWhole || typeof bytes !== 'number') return refusal(400, 'invalid_request_error', 'Something is missing.');
    if (bytes > 8192 * MB) return refusal(400, 'invalid_request_error', 'The upload is too large.');
    const id = `upload_${randomBytes(12).toString('hex')}`;
    const rest = { createdAtMs: this.options.now(), parts: new Map(), status: 'pending' as const };
    const upload: OpenUpload = { id, filename, purpose, mimeType, sizeBytes: bytes, ...rest };
    this.uploads.set(id, upload);
    return { status: 200, body: uploadObject(upload) };
  }

  async #takePart(upload: OpenUpload, received: Received): Promise<Answer> {
    const form = await receivedForm(received);
    if (form?.file?.field !== 'data') return refusal(400, 'invalid_request_error', 'The form has no data.');
    if (form.file.bytes.length > 64 * MB) return refusal(400, 'invalid_request_error', 'The part is too large.');
    const id = `part_${randomBytes(12).toString('hex')}`;
    upload.parts.set(id, form.file.bytes);
    const created = Math.floor(this.options.now() / 1000);
    return { status: 200, body: { id, object: 'upload.part', created_at: created, upload_id: upload.id } };
  }

  async #complete(upload: OpenUpload, { body }: Received): Promise<Answer> {
    const asked = JSON.parse((await wholeBody(body)).toString('utf8')) as { part_ids?: unknown; md5?: unknown };
    const ids = Array.isArray(asked.part_ids) ? (asked.part_ids as readonly unknown[]) : [];
    const parts = ids.map((id) => (typeof id === 'string' ? upload.parts.get(id) : undefined));
    const known = parts.filter((part) => part !== undefined);
    if (known.length !== parts.length) return refusal(400, 'invalid_request_error', 'There is no such part.');
    const bytes = this.corrupt?.(Buffer.concat(known)) ?? Buffer.concat(known);
    if (bytes.length !== upload.sizeBytes) return refusal(400, 'invalid_request_error', 'The size is another one.');
    const md5 = createHash('md5').update(bytes).digest('hex');
    if (asked.md5 !== undefined && asked.md5 !== md5)
      return refusal(400, 'invalid_request_error', 'The md5 does not match.');
    upload.status = 'completed';
    const { filename, purpose, mimeType: contentType } = upload;
    const rest = { createdAtMs: this.options.now(), sizeBytes: bytes.length, status: 'processed', statusDetails: '' };
    const file = this.add({ filename, purpose, contentType, bytes, ...rest });
    return { status: 200, body: { ...uploadObject(upload), file: this.fileObject(file) } };
  }
}

function uploadObject({ id, filename, purpose, sizeBytes, createdAtMs, status }: OpenUpload) {
  const created = Math.floor(createdAtMs / 1000);
  const times = { created_at: created, expires_at: created + 3600 };
  return { id, object: 'upload', bytes: sizeBytes, filename, purpose, status, ...times };
}
