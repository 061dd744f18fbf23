import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { randomBytes } from 'node:crypto';
import { ChatferryError } from '../../errors/chatferry-error.js';
import { Connection } from './connection.js';
import { createAuthKey } from '../crypto/auth-key.js';
import { createRsaKey, type RsaKey } from '../crypto/rsa-key.js';
import { checkNetworkOptions, type NetworkOptions } from './network.js';
import { RpcService } from './rpc-service.js';
import type { Session } from './session.js';
import { stringSession } from './string-session.js';
import { TelegramState, type CdnDcAddress, type DcAddress } from '../state/telegram-state.js';
import { loadLayers } from '../tl/layers.js';
import type { World } from '../world/world.js';

export interface SimulatorOptions {
  /** The content of this Telegram. It is read on every request, so it may change while clients are connected. */
  readonly world: World;
  /**
   * The ids of the data centres. Each listens on its own port. All accounts belong to the first one.
   *
   * @defaultValue `[2, 4]`
   */
  readonly dcIds?: readonly number[];
  /** @defaultValue `'127.0.0.1'` */
  readonly host?: string;
  /**
   * The ports of the data centres, in their order. 0 means any free port.
   *
   * @defaultValue 0 for each
   */
  readonly ports?: readonly number[];
  readonly network?: NetworkOptions;
  /**
   * The ids of CDN data centres. Each listens on a free port and has its own key. The world defines which files they
   * have.
   *
   * @defaultValue none
   */
  readonly cdnDcIds?: readonly number[];
}

/** A running server. Stop it with {@link Simulator.close} or `await using`. */
export interface Simulator extends AsyncDisposable {
  readonly dcs: readonly DcAddress[];
  /** The key that clients must trust, in PKCS#1 format. Each simulator generates a new one. */
  readonly publicKeyPem: string;
  /** The CDN data centres. Clients find them with `help.getConfig` and `help.getCdnConfig`. */
  readonly cdnDcs: readonly CdnDcAddress[];
  /** Number of calls of each implemented method, by name. */
  readonly calls: ReadonlyMap<string, number>;
  /** Number of calls of each method that is not implemented, by name. Empty if the client needed no such method. */
  readonly unserved: ReadonlyMap<string, number>;
  readonly openConnectionCount: number;
  /**
   * Replaces all network options (latency, bandwidth, faults) from the next request on. @throws {ChatferryError}
   * `USAGE`
   */
  setNetwork(network: NetworkOptions): void;
  /** Expires all file references that were sent so far: they are answered with FILE_REFERENCE_EXPIRED. */
  expireFileReferences(): void;
  /** Removes all files from the CDN data centres, so that each has to be uploaded there again. */
  evictCdnFiles(): void;
  /** Expires all CDN file tokens that were sent so far: they are answered with FILE_TOKEN_INVALID. */
  expireCdnTokens(): void;
  /**
   * Creates a login without a handshake: a key that is logged in as this user, as the text of a gramjs `StringSession`.
   * Its port is 443, as the format cannot contain large port numbers.
   */
  sessionFor(userId: bigint): string;
  /** Ends all logins: calls with their keys are answered with AUTH_KEY_UNREGISTERED until they log in again. */
  revokeSessions(): void;
  /** Closes all connections, as an outage does. New ones are accepted. */
  dropConnections(): void;
  close(): Promise<void>;
}

/**
 * Starts a Telegram server that speaks MTProto 2.0 over TCP with unmodified clients.
 *
 * @throws {ChatferryError} `USAGE` for invalid options, `UNREACHABLE` if a port is in use.
 */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { dcIds = [2, 4], cdnDcIds = [], host = '127.0.0.1', network = {} } = options;
  const ports: readonly number[] = options.ports ?? dcIds.map(() => 0);
  const allIds = [...dcIds, ...cdnDcIds];
  if (dcIds.length === 0 || new Set(allIds).size !== allIds.length || allIds.some((id) => !(id > 0 && id < 256))) {
    throw new ChatferryError(
      'USAGE',
      `dcIds must be one or more different numbers from 1 to 255, got ${allIds.join(', ')}.`,
    );
  }
  if (ports.length !== dcIds.length) {
    throw new ChatferryError(
      'USAGE',
      `ports must have as many entries as dcIds (${dcIds.length}), got ${ports.length}.`,
    );
  }
  checkNetworkOptions(network);
  const state = new TelegramState({ world: options.world, layers: loadLayers(), dcIds });
  const server = new SimulatorServer(state, await createRsaKey(), network);
  try {
    for (const [i, dcId] of dcIds.entries()) await server.listen({ dcId, host, port: ports[i] ?? 0 });
    for (const dcId of cdnDcIds) await server.listen({ dcId, host, port: 0, cdnKey: await createRsaKey() });
  } catch (error) {
    await server.close();
    throw error;
  }
  return server;
}

interface ListenOptions {
  readonly dcId: number;
  readonly host: string;
  /** 0 means any free port. */
  readonly port: number;
  /** Makes it a CDN data centre. */
  readonly cdnKey?: RsaKey;
}

class SimulatorServer implements Simulator {
  readonly #state: TelegramState;
  readonly #rpc: RpcService;
  readonly #rsaKey: RsaKey;
  readonly #servers: Server[] = [];
  readonly #connections = new Set<Connection>();
  readonly #sessions = new Map<string, Session>();
  #connectionCount = 0;

  constructor(state: TelegramState, rsaKey: RsaKey, network: NetworkOptions) {
    this.#state = state;
    this.#rsaKey = rsaKey;
    this.#rpc = new RpcService(state, network);
  }

  get dcs(): readonly DcAddress[] {
    return this.#state.dcs;
  }

  get publicKeyPem(): string {
    return this.#rsaKey.publicKeyPem;
  }

  get cdnDcs(): readonly CdnDcAddress[] {
    return this.#state.cdnDcs;
  }

  get calls(): ReadonlyMap<string, number> {
    return this.#rpc.calls;
  }

  get unserved(): ReadonlyMap<string, number> {
    return this.#rpc.unserved;
  }

  get openConnectionCount(): number {
    return this.#connections.size;
  }

  setNetwork(network: NetworkOptions): void {
    checkNetworkOptions(network);
    this.#rpc.network = network;
  }

  expireFileReferences(): void {
    this.#state.expireFileReferences();
  }

  evictCdnFiles(): void {
    this.#state.cdnFiles.evict();
  }

  expireCdnTokens(): void {
    this.#state.cdnFiles.expireTokens();
  }

  sessionFor(userId: bigint): string {
    const home = this.#state.dcs[0];
    if (home === undefined || !this.#state.world.accounts.some((account) => account.userId === userId)) {
      throw new ChatferryError('USAGE', `No account of this world has the user id ${userId}.`);
    }
    const key = createAuthKey(randomBytes(256), home.id, this.#state.randomId());
    key.userId = userId;
    this.#state.keys.set(key.id, key);
    return stringSession(home, key.secret);
  }

  revokeSessions(): void {
    for (const key of this.#state.keys.values()) {
      delete key.userId;
      delete key.passwordUserId;
    }
  }

  dropConnections(): void {
    for (const connection of this.#connections) connection.drop();
  }

  async listen({ dcId, host, port, cdnKey }: ListenOptions): Promise<void> {
    const server = createServer((socket) => {
      this.#connectionCount += 1;
      const connection = new Connection({
        socket,
        id: this.#connectionCount,
        dcId,
        state: this.#state,
        rpc: this.#rpc,
        rsaKey: cdnKey ?? this.#rsaKey,
        sessions: this.#sessions,
      });
      this.#connections.add(connection);
      socket.once('close', () => this.#connections.delete(connection));
    });
    this.#servers.push(server);
    server.listen(port, host);
    try {
      await once(server, 'listening');
    } catch (error) {
      throw new ChatferryError('UNREACHABLE', `Cannot listen on ${host}:${port}. Choose another port, or 0 for any.`, {
        cause: error,
      });
    }
    const address = { id: dcId, host, port: (server.address() as AddressInfo).port };
    if (cdnKey === undefined) this.#state.dcs.push(address);
    else this.#state.cdnDcs.push({ ...address, publicKeyPem: cdnKey.publicKeyPem });
  }

  async close(): Promise<void> {
    const closed = this.#servers
      .filter((server) => server.listening)
      .map(async (server) => {
        server.close();
        await once(server, 'close');
      });
    this.dropConnections();
    await Promise.all(closed);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
