import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Size and MD5 of a body that is not kept. */
export interface BodyDigest {
  readonly sizeBytes: number;
  /** Hex. */
  readonly md5: string;
}

/**
 * Reads a body and keeps its size and MD5 only. `aws-chunked` bodies are decoded: a size in hex, an optional signature,
 * the bytes (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html).
 */
export async function digestBody(request: IncomingMessage): Promise<BodyDigest> {
  const hash = createHash('md5');
  let sizeBytes = 0;
  const take = (bytes: Buffer): void => {
    hash.update(bytes);
    sizeBytes += bytes.length;
  };
  const isChunked = (request.headers['content-encoding'] ?? '').includes('aws-chunked');
  const chunks = new Chunks(take);
  for await (const bytes of request as AsyncIterable<Buffer>) {
    if (isChunked) chunks.add(bytes);
    else take(bytes);
  }
  return { sizeBytes, md5: hash.digest('hex') };
}

export async function readText(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const bytes of request as AsyncIterable<Buffer>) pieces.push(bytes);
  return Buffer.concat(pieces).toString('utf8');
}

class Chunks {
  readonly #take: (bytes: Buffer) => void;
  #line = '';
  #left = 0;
  #isOver = false;

  constructor(take: (bytes: Buffer) => void) {
    this.#take = take;
  }

  add(bytes: Buffer): void {
    for (let position = 0; position < bytes.length && !this.#isOver;) {
      if (this.#left > 0) {
        const piece = bytes.subarray(position, position + this.#left);
        this.#take(piece);
        this.#left -= piece.length;
        position += piece.length;
        continue;
      }
      const end = bytes.indexOf('\n', position);
      this.#line += bytes.toString('latin1', position, end === -1 ? bytes.length : end);
      position = end === -1 ? bytes.length : end + 1;
      if (end !== -1) this.#readLine();
    }
  }

  /** An empty line ends the previous chunk; trailers follow the empty chunk. */
  #readLine(): void {
    const line = this.#line.trim();
    this.#line = '';
    if (line === '') return;
    this.#left = Number.parseInt(line, 16);
    this.#isOver = this.#left === 0;
  }
}
