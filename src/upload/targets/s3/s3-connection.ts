import { S3Client, type S3ClientConfig, type ServiceInputTypes, type ServiceOutputTypes } from '@aws-sdk/client-s3';

import { isChatferryError } from '../../../errors/chatferry-error.js';
import { AnswerDeadline } from '../../http/answer-deadline.js';
import { boundAnswer, type Command } from './bounded-answer.js';
import { s3Failure } from './s3-failure.js';
import type { S3TargetOptions } from './s3-options.js';

const LONGEST_CONNECT_MS = 30_000;
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing };

export interface Sending {
  /** Worded to follow "refused to". */
  readonly doing: string;
  /** Of the body, hex. It is signed, so that every store verifies it (Signature Version 4, `x-amz-content-sha256`). */
  readonly bodySha256?: string;
  readonly signal: AbortSignal;
  /** Whether the answer is the content of an object, which may be long and is read by the caller. */
  readonly isLong?: boolean;
}

/**
 * Requests to the store through the SDK, on connections that are kept open, without the SDK's retries, and only to the
 * address of the user.
 */
export class S3Connection implements Disposable {
  readonly host: string;
  readonly bucket: string;
  readonly #region: string;
  readonly #timeoutMs: number;
  readonly #client: S3Client;

  constructor({ endpoint, bucket, region, pathStyle, credentials, connectionCount, timeoutMs }: S3TargetOptions) {
    this.host = endpoint?.host ?? `s3.${region}.amazonaws.com`;
    this.bucket = bucket;
    this.#region = region;
    this.#timeoutMs = timeoutMs;
    const agent = { keepAlive: true, maxSockets: connectionCount };
    const config: S3ClientConfig = {
      region,
      ...(endpoint === undefined ? {} : { endpoint: endpoint.href }),
      // The address comes only from the settings of this program.
      ignoreConfiguredEndpointUrls: true,
      forcePathStyle: pathStyle ?? endpoint !== undefined,
      ...(credentials === undefined ? {} : { credentials }),
      maxAttempts: 1,
      followRegionRedirects: false,
      // Every request with a body already has a checksum. The SDK must not add its own, because many stores refuse its
      // form.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      // It would cost a round trip per part.
      expectContinueHeader: false,
      logger: SILENT,
      requestHandler: {
        connectionTimeout: Math.min(timeoutMs, LONGEST_CONNECT_MS),
        socketTimeout: timeoutMs,
        httpAgent: agent,
        httpsAgent: agent,
        logger: SILENT,
      },
    };
    this.#client = withoutWarnings(() => new S3Client(config));
  }

  /** @throws {ChatferryError} as {@link s3Failure} has it; the signal's reason. */
  async send<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
    command: Command<Input, Output>,
    sending: Sending,
  ): Promise<Output> {
    const { doing, signal } = sending;
    try {
      return await this.sendRaw(command, sending);
    } catch (error) {
      signal.throwIfAborted();
      throw this.failure(error, doing);
    }
  }

  /** As {@link S3Connection.send}, with the SDK's own errors. */
  async sendRaw<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
    command: Command<Input, Output>,
    { bodySha256, signal, isLong = false }: Sending,
  ): Promise<Output> {
    if (bodySha256 !== undefined) {
      command.middlewareStack.add(
        (next) => (args) => {
          const { headers } = args.request as { readonly headers: Record<string, string> };
          headers['x-amz-content-sha256'] = bodySha256;
          return next(args);
        },
        { step: 'build', name: 'bodySha256' },
      );
    }
    const deadline = new AnswerDeadline(this.host, this.#timeoutMs, signal);
    boundAnswer(command, { host: this.host, deadline, isLong });
    try {
      return await this.#client.send(command, { abortSignal: deadline.signal });
    } catch (error) {
      deadline[Symbol.dispose]();
      throw deadline.failure ?? error;
    } finally {
      // The caller reads a long answer, which the signal can abort until the end.
      if (!isLong) deadline[Symbol.dispose]();
    }
  }

  /**
   * Checks that there is a key, in the settings or in the standard places of AWS tools.
   *
   * @throws {ChatferryError} `USAGE` if there is none.
   */
  async requireKey(): Promise<void> {
    try {
      await this.#client.config.credentials();
    } catch (error) {
      const failure = this.failure(error, 'give a key');
      if (isChatferryError(failure, 'USAGE')) throw failure; // Other errors may be temporary; the first request reports them.
    }
  }

  failure(error: unknown, doing: string): Error {
    return s3Failure(error, { doing, host: this.host, bucket: this.bucket, region: this.#region });
  }

  [Symbol.dispose](): void {
    this.#client.destroy();
  }
}

/**
 * On Node 20 the SDK warns that future versions will not support it. Our version is pinned, and users cannot act on the
 * warning.
 */
function withoutWarnings<T>(make: () => T): T {
  const own = Object.getOwnPropertyDescriptor(process, 'emitWarning');
  process.emitWarning = nothing;
  try {
    return make();
  } finally {
    if (own === undefined) Reflect.deleteProperty(process, 'emitWarning');
    else Object.defineProperty(process, 'emitWarning', own);
  }
}

function nothing(): void {
  // The SDK reports problems by errors.
}
