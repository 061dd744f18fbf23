import { setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';
import { isChatferryError } from '../../errors/chatferry-error.js';
import type { RsaKey } from '../crypto/rsa-key.js';
import { openFromClient } from '../crypto/message-crypto.js';
import { Handshake } from './handshake.js';
import { MessageClock } from './message-clock.js';
import { plainPacket, readSessionEnvelope } from './message-envelope.js';
import { PacedWriter } from './paced-writer.js';
import type { RpcService } from './rpc-service.js';
import { Session, type SessionConnection } from './session.js';
import type { TelegramState } from '../state/telegram-state.js';
import { TlReader } from '../tl/tl-reader.js';
import { PacketStream } from '../transport/packet-stream.js';

const NO_KEY = '0000000000000000';
/**
 * The transport error for an unknown key (https://core.telegram.org/mtproto/mtproto-transports#transport-errors).
 */
const UNKNOWN_KEY_ERROR = -404;
const PLAIN_HEADER_BYTES = 20;

export interface ConnectionOptions {
  readonly socket: Socket;
  readonly id: number;
  readonly dcId: number;
  readonly state: TelegramState;
  readonly rpc: RpcService;
  readonly rsaKey: RsaKey;
  /** All sessions of the server, by key id and session id. Sessions outlive connections. */
  readonly sessions: Map<string, Session>;
}

/** One TCP connection of a client. It is closed if the client violates the protocol. */
export class Connection implements SessionConnection {
  readonly id: number;
  readonly dcId: number;
  readonly signal: AbortSignal;
  readonly #options: ConnectionOptions;
  readonly #closing = new AbortController();
  readonly #stream = new PacketStream();
  readonly #writer: PacedWriter;
  readonly #handshake: Handshake;
  readonly #clock = new MessageClock();
  #hangUp: NodeJS.Timeout | undefined;

  constructor(options: ConnectionOptions) {
    const { socket, id, dcId, state, rpc, rsaKey } = options;
    this.#options = options;
    this.id = id;
    this.dcId = dcId;
    this.signal = this.#closing.signal;
    setMaxListeners(0, this.signal); // There is one listener for each waiting request.
    this.#writer = new PacedWriter({
      socket,
      bandwidthBytesPerSecond: () => rpc.network.bandwidthBytesPerSecond,
      signal: this.signal,
    });
    this.#handshake = new Handshake({
      rsaKey,
      dcId,
      schema: state.layers.protocol,
      onAuthKey: (key) => state.keys.set(key.id, key),
    });
    socket.setNoDelay(true);
    // A lost client is not an error of the server.
    socket.on('error', () => {
      this.drop();
    });
    socket.on('close', () => {
      clearTimeout(this.#hangUp);
      this.#closing.abort();
    });
    socket.on('data', (chunk) => {
      this.#receive(chunk);
    });
  }

  readonly send = (packet: Buffer): void => {
    if (!this.signal.aborted) this.#writer.write(this.#stream.send(packet));
  };

  closeAfter(delayMs: number): void {
    clearTimeout(this.#hangUp);
    this.#hangUp = setTimeout(() => {
      this.drop();
    }, delayMs);
    this.#hangUp.unref();
  }

  drop(): void {
    this.#closing.abort();
    this.#options.socket.destroy();
  }

  #receive(chunk: Buffer): void {
    try {
      for (const packet of this.#stream.receive(chunk)) this.#handle(packet);
    } catch (error) {
      if (!isChatferryError(error, 'UNDECODABLE')) throw error;
      this.drop();
    }
  }

  #handle(packet: Buffer): void {
    if (packet.length < PLAIN_HEADER_BYTES) return;
    const keyId = packet.toString('hex', 0, 8);
    if (keyId === NO_KEY) this.#handlePlain(packet);
    else this.#handleEncrypted(packet, keyId);
  }

  #handlePlain(packet: Buffer): void {
    const length = packet.readUInt32LE(16);
    const body = packet.subarray(PLAIN_HEADER_BYTES, PLAIN_HEADER_BYTES + length);
    const { protocol } = this.#options.state.layers;
    const answer = this.#handshake.answer(new TlReader(body, [protocol]).object());
    if (answer === undefined) this.drop();
    else
      this.send(
        plainPacket(this.#clock.next('answer'), this.#options.state.writer(protocol).write(answer, { kind: 'any' })),
      );
  }

  #handleEncrypted(packet: Buffer, keyId: string): void {
    const { state, rpc, sessions } = this.#options;
    const key = state.keys.get(keyId);
    if (key?.dcId !== this.dcId) {
      const error = Buffer.alloc(4);
      error.writeInt32LE(UNKNOWN_KEY_ERROR);
      this.send(error);
      return;
    }
    const plain = openFromClient(packet, key.secret);
    const envelope = plain && readSessionEnvelope(plain);
    if (envelope === undefined) {
      this.drop();
      return;
    }
    const name = `${keyId} ${envelope.sessionId}`;
    let session = sessions.get(name);
    if (session === undefined) {
      const destroySession = (id: bigint): boolean => id !== envelope.sessionId && sessions.delete(`${keyId} ${id}`);
      session = new Session({ state, rpc, key, sessionId: envelope.sessionId, destroySession });
      sessions.set(name, session);
    }
    session.receive(envelope, this);
  }
}
