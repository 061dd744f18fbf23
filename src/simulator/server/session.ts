import { gzipSync, unzipSync } from 'node:zlib';
import type { AuthKey } from '../crypto/auth-key.js';
import { readContainer, type Envelope, type SessionEnvelope } from './message-envelope.js';
import { messageIdFault } from './message-clock.js';
import { Outbox } from './outbox.js';
import { unwrapCall } from '../state/rpc-call.js';
import type { RpcOutcome, RpcService } from './rpc-service.js';
import { answerService } from './service-messages.js';
import type { TelegramState } from '../state/telegram-state.js';
import { ByteWriter } from '../tl/byte-writer.js';
import { ConstructorId } from '../tl/constructor-ids.js';
import { intIn, longIn } from '../tl/fields.js';
import type { TlObject } from '../tl/tl-object.js';
import { TlReader } from '../tl/tl-reader.js';

/** The connection that a packet arrived on. */
export interface SessionConnection {
  readonly id: number;
  readonly dcId: number;
  readonly signal: AbortSignal;
  /** The same function for every packet of a connection. */
  readonly send: (packet: Buffer) => void;
  /** Closes the connection after a delay. Another call replaces the delay. */
  closeAfter(delayMs: number): void;
  /** Closes the connection at once. */
  drop(): void;
}

export interface SessionOptions {
  readonly state: TelegramState;
  readonly rpc: RpcService;
  /** The key of the packets. */
  readonly key: AuthKey;
  readonly sessionId: bigint;
  /** Ends another session of the same key. @returns whether there was one. */
  readonly destroySession: (sessionId: bigint) => boolean;
}

/** Answers from this size on are compressed, except for file parts, which can hardly be compressed. */
const GZIP_FROM_BYTES = 1024;
/** Number of received message ids that are kept. Clients use ascending ids, so the oldest are dropped. */
const REMEMBERED_IDS = 2000;
const WRONG_SALT = 48;
const BROKEN_CONTAINER = 64;

/** One session of a client with one key: the received messages and the running requests. */
export class Session {
  readonly #options: SessionOptions;
  readonly #outbox: Outbox;
  readonly #seen = new Set<bigint>();
  readonly #running = new Map<bigint, Promise<void>>();
  readonly #unwanted = new Set<bigint>();
  #isAnnounced = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#outbox = new Outbox(options);
  }

  /** Handles one decrypted packet. */
  receive(envelope: SessionEnvelope, connection: SessionConnection): void {
    const { key } = this.#options;
    const idFault = messageIdFault(envelope.messageId);
    if (idFault !== undefined) {
      this.#notify(notification(envelope, idFault), connection);
    } else if (envelope.salt !== key.salt) {
      const fault = { ...notification(envelope, WRONG_SALT), _: 'bad_server_salt', new_server_salt: key.salt };
      this.#notify(fault, connection);
    } else {
      this.#announce(envelope, connection);
      this.#handle(envelope, connection);
    }
  }

  #announce({ messageId }: Envelope, connection: SessionConnection): void {
    if (this.#isAnnounced) return;
    this.#isAnnounced = true;
    const { state, key } = this.#options;
    const notice = {
      _: 'new_session_created',
      first_msg_id: messageId,
      unique_id: state.randomId(),
      server_salt: key.salt,
    };
    this.#notify(notice, connection);
  }

  #handle(envelope: Envelope, connection: SessionConnection): void {
    const { body } = envelope;
    if (body.length < 4) return;
    const id = body.readUInt32LE();
    if (id === ConstructorId.messageContainer) {
      const messages = body.length < 8 ? undefined : readContainer(body);
      if (messages === undefined) this.#notify(notification(envelope, BROKEN_CONTAINER), connection);
      else for (const message of messages) this.#handle(message, connection);
    } else if (id === ConstructorId.gzipPacked) {
      const reader = new TlReader(body.subarray(4), []);
      this.#handle({ ...envelope, body: unzipSync(reader.bytes()) }, connection);
    } else {
      this.#handleSingle(envelope, connection);
    }
  }

  /** Handles one single message: a service message or a request. */
  #handleSingle(envelope: Envelope, connection: SessionConnection): void {
    const { state, rpc, key, destroySession } = this.#options;
    const { protocol, all } = state.layers;
    this.#remember(envelope.messageId);
    let request: TlObject;
    try {
      request = new TlReader(envelope.body, [protocol, rpc.layerOf(permanent(key)), ...all]).object();
    } catch {
      const name = envelope.body.readUInt32LE().toString(16);
      this.#answer(envelope, rpc.refuse(`INPUT_METHOD_INVALID_${name}`, 400), connection);
      return;
    }
    const service = answerService(request, envelope, { key, destroySession, hasSeen: (id) => this.#seen.has(id) });
    if (request._ === 'ping_delay_disconnect') connection.closeAfter(intIn(request, 'disconnect_delay') * 1000);
    if (service === 'nothing') return;
    if (service !== undefined) this.#notify(service, connection);
    else if (request._ === 'rpc_drop_answer') this.#dropAnswer(envelope, longIn(request, 'req_msg_id'), connection);
    else if (request._ === 'destroy_auth_key') this.#destroyKey(connection);
    else this.#start(envelope, request, connection);
  }

  #start(envelope: Envelope, request: TlObject, connection: SessionConnection): void {
    const { messageId } = envelope;
    // A client may repeat a request. A running request is not served twice.
    if (this.#running.has(messageId)) return;
    const running = this.#serve(envelope, request, connection).finally(() => this.#running.delete(messageId));
    this.#running.set(messageId, running);
  }

  #remember(messageId: bigint): void {
    this.#seen.add(messageId);
    const [oldest] = this.#seen;
    if (this.#seen.size > REMEMBERED_IDS && oldest !== undefined) this.#seen.delete(oldest);
  }

  /** Serves a request. Never rejects. */
  async #serve(envelope: Envelope, request: TlObject, connection: SessionConnection): Promise<void> {
    const { rpc, key } = this.#options;
    try {
      const call = unwrapCall(request, permanent(key));
      for (const id of call.after) await this.#running.get(id);
      const caller = {
        key: permanent(key),
        dcId: connection.dcId,
        connectionId: connection.id,
        signal: connection.signal,
      };
      this.#answer(envelope, await rpc.serve(call, caller), connection);
    } catch (error) {
      // If the connection has ended meanwhile, there is no client to answer.
      if (!connection.signal.aborted) this.#answer(envelope, rpc.refuse(String(error), 500), connection);
    }
  }

  #answer({ messageId }: Envelope, outcome: RpcOutcome, connection: SessionConnection): void {
    if (outcome === 'drop') connection.drop();
    if (outcome === 'drop' || outcome === 'silent' || this.#unwanted.delete(messageId)) return;
    this.#outbox.post(resultOf(messageId, outcome.body), 'answer', connection.send);
  }

  #dropAnswer({ messageId }: Envelope, unwanted: bigint, connection: SessionConnection): void {
    const isRunning = this.#running.has(unwanted);
    if (isRunning) this.#unwanted.add(unwanted);
    const body = this.#encode({ _: isRunning ? 'rpc_answer_dropped_running' : 'rpc_answer_unknown' });
    this.#outbox.post(resultOf(messageId, body), 'answer', connection.send);
  }

  #destroyKey(connection: SessionConnection): void {
    const { state, key } = this.#options;
    state.keys.delete(key.id);
    this.#notify({ _: 'destroy_auth_key_ok' }, connection);
  }

  #notify(message: TlObject, connection: SessionConnection): void {
    this.#outbox.post([this.#encode(message)], 'notice', connection.send);
  }

  #encode(message: TlObject): Buffer {
    const { state } = this.#options;
    return state.writer(state.layers.protocol).write(message, { kind: 'any' });
  }
}

function permanent(key: AuthKey): AuthKey {
  return key.permanent ?? key;
}

function notification({ messageId, sequenceNumber }: Envelope, code: number): TlObject {
  return { _: 'bad_msg_notification', bad_msg_id: messageId, bad_msg_seqno: sequenceNumber, error_code: code };
}

/** The parts of an `rpc_result`. The body is compressed if that saves at least a tenth. */
function resultOf(requestId: bigint, body: Buffer): readonly Buffer[] {
  const packed = body.length >= GZIP_FROM_BYTES && !isFilePart(body) ? gzipSync(body, { level: 1 }) : undefined;
  const head = new ByteWriter(32);
  head.int(ConstructorId.rpcResult);
  head.long(requestId);
  if (packed === undefined || packed.length >= body.length * 0.9) return [head.take(), body];
  head.int(ConstructorId.gzipPacked);
  head.bytes(packed);
  return [head.take()];
}

/** Whether a body is `upload.file` or `upload.cdnFile`, whose ids are the same in all layers. */
function isFilePart(body: Buffer): boolean {
  const id = body.readUInt32LE();
  return id === ConstructorId.uploadFile || id === ConstructorId.uploadCdnFile;
}
