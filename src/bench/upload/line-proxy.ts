import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

import { type LineClock, systemClock } from './line-clock.js';
import { LinePace } from './line-pace.js';
import { OneWay, type OneWayFault } from './one-way.js';

const HOST = '127.0.0.1';

/** Faults of one connection. `up` is towards the server. */
export interface LineFault {
  readonly up?: OneWayFault;
  readonly down?: OneWayFault;
}

export interface LineOptions {
  /** The port on loopback to connect to. */
  readonly port: number;
  /**
   * A byte takes half of it to the server, and an answer half of it back. A new connection carries nothing for one
   * round trip, the time of its handshake. TCP slow start is not simulated.
   *
   * @defaultValue 0
   */
  readonly roundTripMs?: number;
  /** The bandwidth of one connection, in each direction. @defaultValue no limit */
  readonly bytesPerSecond?: number | undefined;
  /** Called once per connection; numbers start at 1. */
  readonly fault?: (connectionNumber: number) => LineFault | undefined;
  readonly clock?: LineClock;
}

/** A line with a given latency and bandwidth to a server on this machine. Disposing of it closes its connections. */
export interface Line extends AsyncDisposable {
  /** The port for clients, on loopback. */
  readonly port: number;
  /** The number of connections made through it. */
  readonly connectionCount: number;
  /** The number of connections that are open now. */
  readonly openCount: number;
  /** Bytes that arrived at the server. */
  readonly upBytes: number;
  /** Bytes that arrived at clients. */
  readonly downBytes: number;
}

/** Starts a TCP proxy that behaves like such a line. It does not interpret bytes, so every protocol works. */
export async function startLine(options: LineOptions): Promise<Line> {
  const pairs = new Set<() => void>();
  const counts = { connections: 0, up: 0, down: 0 };
  const add = (way: 'up' | 'down') => (count: number) => {
    counts[way] += count;
  };
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    counts.connections += 1;
    const cut = join(client, counts.connections, { ...options, onUp: add('up'), onDown: add('down') });
    pairs.add(cut);
    client.once('close', () => pairs.delete(cut));
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get connectionCount() {
      return counts.connections;
    },
    get openCount() {
      return pairs.size;
    },
    get upBytes() {
      return counts.up;
    },
    get downBytes() {
      return counts.down;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const cut of pairs) cut();
      await closed;
    },
  };
}

interface JoinOptions extends LineOptions {
  readonly onUp: (count: number) => void;
  readonly onDown: (count: number) => void;
}

/** Connects a client with the server. @returns a function that closes both connections. */
function join(client: Socket, number: number, options: JoinOptions): () => void {
  const { port, roundTripMs = 0, bytesPerSecond, fault, clock = systemClock, onUp, onDown } = options;
  const faults = fault?.(number);
  const server = connect({ port, host: HOST, allowHalfOpen: true, noDelay: true });
  const end = (how: 'reset' | 'close'): void => {
    for (const way of ways) way.stop();
    for (const socket of [client, server]) {
      if (how === 'reset') socket.resetAndDestroy();
      else socket.destroySoon();
    }
  };
  const pace = () => new LinePace({ bytesPerSecond, delayMs: roundTripMs / 2, opensAtMs: clock.now() + roundTripMs });
  const both = { clock, onEnd: end };
  const ways = [
    new OneWay({ ...both, from: client, to: server, pace: pace(), fault: faults?.up, onBytes: onUp }),
    new OneWay({ ...both, from: server, to: client, pace: pace(), fault: faults?.down, onBytes: onDown }),
  ];
  for (const socket of [client, server]) {
    // A reset of one side is a reset of the other; an error is always followed by `close`.
    socket.on('error', () => undefined);
    socket.once('close', (hadError) => {
      if (hadError) end('reset');
    });
  }
  return () => end('reset');
}
