import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** How a proxy treats whoever comes. */
export interface ProxyManners {
  /** Whom it serves. Absent: everybody. */
  readonly login?: { readonly username: string; readonly password: string };
  /** `silent` takes connections and never answers; `closing` closes them at once. @defaultValue `serving` */
  readonly mood?: 'serving' | 'refusing' | 'silent' | 'closing';
  /** Where a connection leads instead of where it was to. */
  readonly route?: (place: Place) => Place;
}

export interface Place {
  readonly host: string;
  readonly port: number;
}

/** A proxy on loopback that counts. It speaks by the standards and shares no code with the client. */
export class LoopbackProxy implements AsyncDisposable {
  readonly port: number;
  /** Every place that a tunnel was opened to. */
  readonly tunnels: Place[] = [];
  /** Connections of clients, those that got nothing included. */
  connectionCount = 0;
  /** Both ends of what goes through. */
  readonly sockets: Set<Socket>;
  readonly #server: Server;

  static async socks5(manners: ProxyManners = {}): Promise<LoopbackProxy> {
    const sockets = new Set<Socket>();
    const proxy: LoopbackProxy = await LoopbackProxy.#listen(
      createServer((client) => {
        proxy.#greet(client, manners, () => {
          serveSocks(client, manners, (place) => proxy.#lead(place, manners)).catch(() => client.destroy());
        });
      }),
      sockets,
    );
    return proxy;
  }

  static async http(manners: ProxyManners = {}): Promise<LoopbackProxy> {
    const sockets = new Set<Socket>();
    const server = createHttpServer();
    const proxy: LoopbackProxy = await LoopbackProxy.#listen(server, sockets);
    const { login, mood } = manners;
    server.on('connect', ({ url = '', headers }, client: Socket) => {
      proxy.#greet(client, manners, () => {
        const wanted = login && `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
        if (wanted !== undefined && headers['proxy-authorization'] !== wanted) {
          client.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="x"\r\n\r\n');
          return;
        }
        if (mood === 'refusing') {
          client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
          return;
        }
        const [, host = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(url) ?? [];
        const remote = proxy.#lead({ host, port: Number(port) }, manners);
        remote.once('connect', () => {
          client.write('HTTP/1.1 200 Connection established\r\n\r\n');
          join(client, remote);
        });
        remote.once('error', () => client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
      });
    });
    return proxy;
  }

  static async #listen(server: Server, sockets: Set<Socket>): Promise<LoopbackProxy> {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new LoopbackProxy(server, sockets);
  }

  private constructor(server: Server, sockets: Set<Socket>) {
    this.#server = server;
    this.sockets = sockets;
    this.port = (server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.sockets) socket.destroy();
    if (this.#server.listening) await once(this.#server, 'close');
  }

  #greet(client: Socket, { mood }: ProxyManners, serve: () => void): void {
    this.connectionCount += 1;
    this.sockets.add(client);
    client.on('error', () => client.destroy());
    if (mood === 'closing') client.destroy();
    else if (mood !== 'silent') serve();
  }

  #lead(place: Place, { route = (same) => same }: ProxyManners): Socket {
    this.tunnels.push(place);
    const remote = connect(route(place));
    this.sockets.add(remote);
    return remote;
  }
}

const REFUSED_BY_RULES = 2;
const CONNECTION_REFUSED = 5;

/** RFC 1928 and RFC 1929, CONNECT only. */
async function serveSocks(client: Socket, manners: ProxyManners, lead: (place: Place) => Socket): Promise<void> {
  const { login, mood } = manners;
  const read = reader(client);
  const [, methodCount = 0] = await read(2);
  const method = login === undefined ? 0 : 2;
  if (!(await read(methodCount)).includes(method)) {
    client.end(Buffer.from([5, 0xff]));
    return;
  }
  client.write(Buffer.from([5, method]));
  if (login !== undefined) {
    const [, userBytes = 0] = await read(2);
    const username = (await read(userBytes)).toString();
    const [passwordBytes = 0] = await read(1);
    const password = (await read(passwordBytes)).toString();
    const isRight = username === login.username && password === login.password;
    client.write(Buffer.from([1, isRight ? 0 : 1]));
    if (!isRight) {
      client.end();
      return;
    }
  }
  const [, , , kind] = await read(4);
  const bytes = await read(kind === 1 ? 4 : kind === 4 ? 16 : ((await read(1))[0] ?? 0));
  const host =
    kind === 1
      ? bytes.join('.')
      : kind === 3
        ? bytes.toString()
        : (bytes.toString('hex').match(/.{4}/g) ?? []).join(':');
  const port = (await read(2)).readUInt16BE();
  const answer = (code: number): Buffer => Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0]);
  if (mood === 'refusing') {
    client.end(answer(REFUSED_BY_RULES));
    return;
  }
  const remote = lead({ host, port });
  remote.once('connect', () => {
    client.write(answer(0));
    join(client, remote);
  });
  remote.once('error', () => client.end(answer(CONNECTION_REFUSED)));
}

/** Reads so many bytes. @throws when the client leaves before. */
function reader(socket: Socket): (count: number) => Promise<Buffer> {
  let held = Buffer.alloc(0);
  return async (count) => {
    while (held.length < count) {
      const chunk = socket.read() as Buffer | null;
      if (chunk !== null) held = Buffer.concat([held, chunk]);
      else if (socket.readableEnded || socket.destroyed) throw new Error('the client has left');
      else await change(socket);
    }
    const bytes = held.subarray(0, count);
    held = held.subarray(count);
    return bytes;
  };
}

async function change(socket: Socket): Promise<void> {
  const settled = new AbortController();
  const { signal } = settled;
  const left = new Promise((resolve) => {
    for (const event of ['end', 'close']) socket.once(event, resolve);
  });
  await Promise.race([once(socket, 'readable', { signal }), left]);
  settled.abort();
}

function join(client: Socket, remote: Socket): void {
  remote.on('error', () => client.destroy());
  remote.on('close', () => client.destroy());
  client.on('close', () => remote.destroy());
  client.pipe(remote).pipe(client);
}
