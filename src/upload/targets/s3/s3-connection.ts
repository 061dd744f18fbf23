import { S3Client, type S3ClientConfig, type ServiceInputTypes, type ServiceOutputTypes } from '@aws-sdk/client-s3';

import { isChatferryError } from '../../../errors/chatferry-error.js';
import { AnswerDeadline } from '../../http/answer-deadline.js';
import { boundAnswer, type Command } from './bounded-answer.js';
import { s3Failure } from './s3-failure.js';
import type { S3TargetOptions } from './s3-options.js';

const LONGEST_CONNECT_MS = 30_000;
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing };

export interface Sending {
  /** To be read after "refused to". */
  readonly doing: string;
  /** Of the body, hex: it is signed, so that every store checks it (Signature Version 4, `x-amz-content-sha256`). */
  readonly bodySha256?: string;
  readonly signal: AbortSignal;
  /** The answer is an object, which may be long and is read by the caller. */
  readonly isLong?: boolean;
}

/**
 * Speaks to the store through the SDK: on connections that are kept open, without retries of its own, to no address but the
 * user's.
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
      // An address comes from the settings of this program alone.
      ignoreConfiguredEndpointUrls: true,
      forcePathStyle: pathStyle ?? endpoint !== undefined,
      ...(credentials === undefined ? {} : { credentials }),
      maxAttempts: 1,
      followRegionRedirects: false,
      // Sums are given with every request that has a body; the SDK shall make none on the way, for many stores refuse its form.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      // It would cost a round trip for every part.
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
      // A long answer is read by the caller, and ends with the signal until then.
      if (!isLong) deadline[Symbol.dispose]();
    }
  }

  /** Looks for a key, where none was given in the places of other programs of AWS. @throws {ChatferryError} `USAGE` where there is none. */
  async requireKey(): Promise<void> {
    try {
      await this.#client.config.credentials();
    } catch (error) {
      const failure = this.failure(error, 'give a key');
      if (isChatferryError(failure, 'USAGE')) throw failure; // Any other may pass until the first request.
    }
  }

  failure(error: unknown, doing: string): Error {
    return s3Failure(error, { doing, host: this.host, bucket: this.bucket, region: this.#region });
  }

  [Symbol.dispose](): void {
    this.#client.destroy();
  }
}

/** On Node 20 the SDK warns that versions to come will not run on it. Ours is pinned, and its user can do nothing about it. */
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
  // What the SDK has to say is said by its errors.
}
