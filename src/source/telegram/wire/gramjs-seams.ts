import { createHash, createPublicKey } from 'node:crypto';
import type { Socket } from 'node:net';

import bigInt, { type BigInteger } from 'big-integer';
import { Api } from 'telegram';
import { _serverKeys } from 'telegram/crypto/RSA.js';
import { BinaryReader, type PromisedNetSockets } from 'telegram/extensions/index.js';
import { MTProtoSender } from 'telegram/network/index.js';
import { RequestState } from 'telegram/network/RequestState.js';
import { LAYER } from 'telegram/tl/AllTLObjects.js';

import { ChatferryError, errorMessage } from '../../../errors/chatferry-error.js';

/** The TL layer that gramjs uses. Raw bytes can only be read with their layer. */
export const TL_LAYER: number = LAYER;

/** The methods of a connection that gramjs's sender calls. */
export interface SenderConnection {
  isConnected(): boolean;
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  send(data: Buffer): Promise<void>;
  recv(): Promise<Buffer>;
  toString(): string;
}

/** A message as gramjs passes it to its handlers. */
export interface IncomingMessage {
  readonly msgId: BigInteger;
  readonly seqNo?: number;
  obj: unknown;
}

/** The parts of gramjs's `MTProtoState`, the state of one session, that we use or replace. */
export interface PacketState {
  readonly authKey: { getKey(): Buffer | undefined };
  /** Signed or unsigned: only the low 64 bits count. */
  readonly id: BigInteger;
  salt: BigInteger;
  timeOffset: number;
  decryptMessageData(packet: Buffer): Promise<IncomingMessage>;
  encryptMessageData(data: Buffer): Promise<Buffer>;
}

/** The body of an `rpc_result`. */
export interface RpcResult {
  readonly reqMsgId: BigInteger;
  readonly body: Buffer;
}

/** An `rpc_error`. */
export interface RpcErrorText {
  readonly errorCode: number;
  readonly errorMessage: string;
}

/**
 * The parts of gramjs's `MTProtoSender` that we use or replace, most of them private in its declarations.
 * {@link verifyGramjs} checks that they are there.
 */
export interface SenderInternals {
  _connection: SenderConnection | undefined;
  readonly _state: PacketState;
  userDisconnected: boolean;
  readonly authKey: { getKey(): Buffer | undefined };
  readonly _pendingState: {
    getAndDelete(msgId: BigInteger): RequestState | undefined;
    delete(msgId: BigInteger): void;
    clear(): void;
  };
  readonly _sendQueue: { _queue: (RequestState | undefined)[]; clear(): void; append(state: RequestState): void };
  _connect(): Promise<void>;
  disconnect(): Promise<void>;
  addStateToQueue(state: RequestState): void;
  reconnect(): void;
  _handleBadAuthKey(): void;
  _handleContainer(message: IncomingMessage): Promise<void>;
  _handleRPCResult(message: IncomingMessage): void;
  _handleBadServerSalt(message: IncomingMessage): Promise<void>;
  _handleBadNotification(message: IncomingMessage): Promise<void>;
  readonly _pendingAck: Set<BigInteger>;
  _sendLoop(): Promise<void>;
  _recvLoop(): Promise<void>;
  _handleUpdate(message: IncomingMessage): Promise<void>;
  _processMessage(message: IncomingMessage): Promise<void>;
}

/** gramjs's sender as a class to extend. */
export type SenderClass = new (authKey: unknown, options: Readonly<Record<string, unknown>>) => SenderInternals;

/**
 * gramjs's `MTProtoSender`: encryption, containers, salts and acknowledgements on one connection.
 *
 * The cast: most of what {@link SenderInternals} names is private in gramjs's declarations. {@link verifyGramjs} checks
 * it.
 */
export const GramjsSender: SenderClass = MTProtoSender as unknown as SenderClass;

/**
 * Reads the answer to a request into gramjs's classes.
 *
 * The cast: every request class has this method, but gramjs's declarations leave it out.
 */
export function readResult<R extends Api.AnyRequest>(request: R, reader: BinaryReader): R['__response'] {
  const { readResult: read } = request as unknown as { readonly readResult: (reader: BinaryReader) => R['__response'] };
  return read.call(request, reader);
}

/** The parts of gramjs's `PromisedNetSockets` that we use. */
export interface SocketInternals {
  readonly client?: Socket;
  /** Received and not yet read. */
  readonly stream: Buffer;
}

/**
 * The private fields of a gramjs socket.
 *
 * The cast: gramjs declares them private, and without them nothing limits how much it buffers.
 */
export function socketInternals(socket: PromisedNetSockets): SocketInternals {
  return socket as unknown as SocketInternals;
}

/** gramjs's `RequestState`: one running request. */
export { RequestState };

const SENDER_METHODS = [
  '_connect',
  'disconnect',
  'addStateToQueue',
  'reconnect',
  '_handleBadAuthKey',
  '_handleContainer',
  '_handleRPCResult',
  '_handleBadServerSalt',
  '_handleBadNotification',
  '_handleUpdate',
  '_processMessage',
  '_sendLoop',
  '_recvLoop',
] as const;
const SENDER_FIELDS = ['_pendingAck', '_pendingState', '_sendQueue', '_state', 'authKey', 'userDisconnected'] as const;
const STATE_METHODS = ['decryptMessageData', 'encryptMessageData'] as const;
const STATE_FIELDS = ['id', 'salt', 'timeOffset'] as const;

/**
 * Checks that the installed gramjs has everything that the code in this folder uses. A different version then fails
 * here with a clear error, and not later in unclear ways.
 *
 * @throws {ChatferryError} `INTERNAL`, with the names of what is missing.
 */
export function verifyGramjs(): void {
  // The casts: members are looked up by name, because the declarations may hide them or be wrong.
  const prototype = MTProtoSender.prototype as unknown as Readonly<Record<string, unknown>>;
  const missing: string[] = SENDER_METHODS.filter((name) => typeof prototype[name] !== 'function');
  const sender = new GramjsSender(undefined, { logger: SILENT }) as unknown as Readonly<Record<string, unknown>>;
  missing.push(...SENDER_FIELDS.filter((name) => !(name in sender)));
  const state = (sender['_state'] ?? {}) as Readonly<Record<string, unknown>>;
  missing.push(...STATE_METHODS.filter((name) => typeof state[name] !== 'function'));
  missing.push(...STATE_FIELDS.filter((name) => !(name in state)));
  if (!(_serverKeys instanceof Map) || _serverKeys.size === 0) missing.push('_serverKeys');
  if (typeof BinaryReader.prototype.tgReadObject !== 'function') missing.push('tgReadObject');
  if (new Api.InvokeWithoutUpdates({ query: new Api.help.GetConfig() }).getBytes().length !== 8)
    missing.push('getBytes');
  if (missing.length > 0) {
    const names = missing.join(', ');
    throw new ChatferryError(
      'INTERNAL',
      `The installed telegram package is not the version that this program needs (missing: ${names}). Run npm ci.`,
    );
  }
}

const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore, canSend: (): boolean => false };

function ignore(): undefined {
  return undefined;
}

/** Receives log messages of gramjs and of this folder. */
export type TelegramLog = (level: 'debug' | 'info' | 'warn' | 'error', text: string) => void;

/**
 * A logger with the interface of gramjs's. `canSend` returns false, because otherwise gramjs writes to the console
 * itself.
 */
export function gramjsLogger(log: TelegramLog): Readonly<Record<string, unknown>> {
  return {
    debug: ignore, // Several lines for each packet, which are of no use.
    info: (text: string) => {
      log('debug', text);
    },
    warn: (text: string) => {
      log('debug', text);
    },
    error: (text: string) => {
      log('warn', text);
    },
    canSend: SILENT.canSend,
  };
}

/** Fingerprints of the keys of Telegram's own data centres, which are part of gramjs. */
export const TELEGRAM_KEYS: ReadonlySet<string> = new Set(_serverKeys.keys());

/**
 * Makes gramjs accept a server that authenticates with this key, in addition to Telegram's own keys.
 *
 * The fingerprint is the low 64 bits of the SHA-1 of the TL-serialised modulus and exponent, as in
 * https://core.telegram.org/mtproto/auth_key.
 *
 * @param pem - PKCS#1 or SPKI.
 * @returns the fingerprint, signed decimal.
 * @throws {ChatferryError} `USAGE` if it is not an RSA public key.
 */
export function trustServerKey(pem: string): string {
  let jwk: { n?: string; e?: string };
  try {
    jwk = createPublicKey(pem).export({ format: 'jwk' });
  } catch (cause) {
    throw new ChatferryError('USAGE', `The server's public key is not a PEM key: ${errorMessage(cause)}.`, { cause });
  }
  if (jwk.n === undefined || jwk.e === undefined) {
    throw new ChatferryError('USAGE', "The server's public key must be an RSA key. Use the PEM file of that server.");
  }
  const n = Buffer.from(jwk.n, 'base64url');
  const e = Buffer.from(jwk.e, 'base64url');
  const hash = createHash('sha1').update(tlBytes(n)).update(tlBytes(e)).digest();
  const fingerprint = hash.readBigInt64LE(hash.length - 8).toString();
  _serverKeys.set(fingerprint, { n: bigInt(n.toString('hex'), 16), e: Number.parseInt(e.toString('hex'), 16) });
  return fingerprint;
}

/** TL `bytes`: a length of one or four bytes, the bytes, padding to a multiple of four. */
function tlBytes(bytes: Buffer): Buffer {
  const head =
    bytes.length < 254
      ? Buffer.from([bytes.length])
      : Buffer.from([254, bytes.length & 0xff, (bytes.length >> 8) & 0xff, bytes.length >> 16]);
  const padding = (4 - ((head.length + bytes.length) % 4)) % 4;
  return Buffer.concat([head, bytes, Buffer.alloc(padding)]);
}
