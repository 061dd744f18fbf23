import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

import { type LineClock, systemClock } from './line-clock.js';
import { LinePace } from './line-pace.js';
import { OneWay, type OneWayFault } from './one-way.js';

const HOST = '127.0.0.1';

/** What goes wrong on one connection. `up` is towards the server. */
export interface LineFault {
  readonly up?: OneWayFault;
  readonly down?: OneWayFault;
}

export interface LineOptions {
  /** On loopback: where connections go to. */
  readonly port: number;
  /**
   * A byte takes half of it to the server, and an answer half of it back. A new connection carries nothing for one round
   * trip, which is what its handshake would take. Slow start is not imitated.
   *
   * @defaultValue 0
   */
  readonly roundTripMs?: number;
  /** What one connection carries, each way. @defaultValue no limit */
  readonly bytesPerSecond?: number | undefined;
  /** Called once for each connection, from 1 on. */
  readonly fault?: (connectionNumber: number) => LineFault | undefined;
  readonly clock?: LineClock;
}

/** A line of a chosen length and width to a server on this machine. Disposing of it cuts its connections. */
export interface Line extends AsyncDisposable {
  /** Where clients connect to, on loopback. */
  readonly port: number;
  /** Connections that were made through it. */
  readonly connectionCount: number;
  /** Of them, those that are open now. */
  readonly openCount: number;
  /** Bytes that arrived at the server. */
  readonly upBytes: number;
  /** Bytes that arrived at clients. */
  readonly downBytes: number;
}

/** Starts a TCP proxy that behaves as a line does. It looks at no byte, so every protocol passes. */
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

/** Connects a client with the server. @returns what cuts both off. */
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
