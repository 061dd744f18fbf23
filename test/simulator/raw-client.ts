import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { authKeyId } from '../../src/simulator/crypto/auth-key.js';
import { openFromServer, sealFromClient } from '../../src/simulator/crypto/message-crypto.js';
import {
  readContainer,
  readSessionEnvelope,
  sessionHeader,
  writeContainer,
} from '../../src/simulator/server/message-envelope.js';
import type { Simulator } from '../../src/simulator/server/server.js';
import { ConstructorId } from '../../src/simulator/tl/constructor-ids.js';
import { loadLayers } from '../../src/simulator/tl/layers.js';
import { TlReader } from '../../src/simulator/tl/tl-reader.js';
import { TlWriter } from '../../src/simulator/tl/tl-writer.js';
import type { TlObject } from '../../src/simulator/tl/tl-object.js';

/** A message from the server, out of its container. */
export interface RawMessage {
  readonly messageId: bigint;
  /** Whether it came in a container with others. */
  readonly wasContained: boolean;
  /** For an `rpc_result`, the request it answers. */
  readonly answers?: bigint;
  readonly object: TlObject;
}

const { protocol, all } = loadLayers();
const [layer = protocol] = all;
const SCHEMAS = [protocol, ...all];

/**
 * A client that says exactly what a test tells it to, right or wrong, in the intermediate framing. It never repeats,
 * acknowledges or repairs anything by itself.
 */
export class RawClient implements Disposable {
  salt = 0n;
  sessionId = 77n;
  readonly #socket: Socket;
  readonly #secret: Buffer;
  readonly #received: RawMessage[] = [];
  /** Packets that are no encrypted messages, such as transport errors. */
  readonly plain: Buffer[] = [];
  #pending: Buffer = Buffer.alloc(0);
  #lastId = 0n;

  private constructor(socket: Socket, secret: Buffer) {
    this.#socket = socket;
    this.#secret = secret;
    socket.setMaxListeners(0); // One for each answer that a test waits for.
    socket.on('error', () => undefined); // Being cut off is what some tests wait for.
    socket.on('data', (chunk) => {
      this.#receive(chunk);
    });
  }

  /** @param session as {@link Simulator.sessionFor} gives it. */
  static async open(simulator: Simulator, session: string): Promise<RawClient> {
    const [home] = simulator.dcs;
    if (home === undefined) throw new RangeError('The simulator has no data centre.');
    const socket = connect(home.port, home.host);
    await once(socket, 'connect');
    socket.write(Buffer.from('eeeeeeee', 'hex'));
    return new RawClient(socket, Buffer.from(session.slice(1), 'base64').subarray(-256));
  }

  /** Message ids as clients make them: time, divisible by four, ascending. */
  nextId(): bigint {
    const now = BigInt(Math.floor(Date.now() / 1000)) << 32n;
    this.#lastId = now > this.#lastId ? now : this.#lastId + 4n;
    return this.#lastId;
  }

  encode(object: TlObject): Buffer {
    const schema =
      protocol.method(object._) !== undefined || protocol.constructorNamed(object._) !== undefined ? protocol : layer;
    return new TlWriter({ schema }).write(object, { kind: 'any' });
  }

  /** Sends a message and returns its id. */
  say(body: TlObject | Buffer, messageId: bigint = this.nextId()): bigint {
    const bytes = Buffer.isBuffer(body) ? body : this.encode(body);
    const header = sessionHeader(this, { messageId, sequenceNumber: 1 }, bytes.length);
    this.sendPacket(sealFromClient([header, bytes], this.#secret, authKeyId(this.#secret)));
    return messageId;
  }

  /** Sends several messages in one container and returns their ids. */
  sayTogether(bodies: readonly TlObject[]): bigint[] {
    const messages = bodies.map((body) => ({ messageId: this.nextId(), sequenceNumber: 1, body: this.encode(body) }));
    this.say(Buffer.concat(writeContainer(messages)));
    return messages.map(({ messageId }) => messageId);
  }

  sendPacket(packet: Buffer): void {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(packet.length);
    this.#socket.write(Buffer.concat([length, packet]));
  }

  /** The first message, come or to come, that fits; it is taken out. */
  async next(fits: (message: RawMessage) => boolean): Promise<RawMessage> {
    for (;;) {
      const index = this.#received.findIndex(fits);
      const [message] = index === -1 ? [] : this.#received.splice(index, 1);
      if (message !== undefined) return message;
      await once(this.#socket, 'data');
    }
  }

  async answerTo(requestId: bigint): Promise<TlObject> {
    return (await this.next(({ answers }) => answers === requestId)).object;
  }

  async named(name: string): Promise<TlObject> {
    return (await this.next(({ object }) => object._ === name)).object;
  }

  /** Learns the right salt from the server, as every client without one does. */
  async greet(): Promise<void> {
    this.say({ _: 'ping', ping_id: 1n });
    this.salt = (await this.named('bad_server_salt'))['new_server_salt'] as bigint;
  }

  async closed(): Promise<void> {
    // Not `once`: being reset is an error to it, and here as good an end as any.
    await new Promise<void>((resolve) => {
      if (this.#socket.closed) resolve();
      else
        this.#socket.once('close', () => {
          resolve();
        });
    });
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    while (this.#pending.length >= 4 && this.#pending.length >= 4 + this.#pending.readUInt32LE()) {
      const end = 4 + this.#pending.readUInt32LE();
      this.#take(this.#pending.subarray(4, end));
      this.#pending = this.#pending.subarray(end);
    }
  }

  #take(packet: Buffer): void {
    const plain = packet.length > 24 ? openFromServer(packet, this.#secret) : undefined;
    const envelope = plain && readSessionEnvelope(plain);
    if (envelope === undefined) {
      this.plain.push(packet);
      return;
    }
    const isContainer = envelope.body.readUInt32LE() === ConstructorId.messageContainer;
    for (const { messageId, body } of isContainer ? (readContainer(envelope.body) ?? []) : [envelope]) {
      const isResult = body.readUInt32LE() === ConstructorId.rpcResult;
      const object = read(isResult ? body.subarray(12) : body);
      const message = { messageId, wasContained: isContainer, object };
      this.#received.push(isResult ? { ...message, answers: body.readBigInt64LE(4) } : message);
    }
  }
}

/** A vector, which is no object, is read as one whose `items` are its objects. */
function read(bytes: Buffer): TlObject {
  if (bytes.readUInt32LE() !== ConstructorId.vector) return new TlReader(bytes, SCHEMAS).object();
  const reader = new TlReader(bytes.subarray(8), SCHEMAS);
  return { _: 'vector', items: Array.from({ length: bytes.readUInt32LE(4) }, () => reader.object()) };
}
