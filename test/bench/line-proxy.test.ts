import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

import { afterEach, beforeEach, expect, it } from 'vitest';

import type { LineClock } from '../../src/bench/upload/line-clock.js';
import { LinePace } from '../../src/bench/upload/line-pace.js';
import { type Line, type LineOptions, startLine } from '../../src/bench/upload/line-proxy.js';

/** A clock that jumps to what is due next as soon as the sockets are idle. */
class JumpingClock implements LineClock {
  #nowMs = 0;
  readonly #due = new Set<{ readonly timeMs: number; readonly callback: () => void }>();

  now(): number {
    return this.#nowMs;
  }

  at(timeMs: number, callback: () => void): () => void {
    const entry = { timeMs, callback };
    this.#due.add(entry);
    return () => this.#due.delete(entry);
  }

  /** Lets time pass until there is an answer. */
  async passUntil<T>(answer: Promise<T>): Promise<T> {
    const waiting = new Set([answer]);
    const end = (): unknown => waiting.delete(answer);
    answer.then(end, end);
    while (waiting.size > 0) {
      for (let count = 0; count < 20; count += 1) await turn();
      const next = [...this.#due].sort((one, other) => one.timeMs - other.timeMs)[0];
      if (next === undefined) continue;
      this.#due.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.timeMs);
      next.callback();
    }
    return answer;
  }
}

let server: Server;
let received: Buffer[];
let sockets: Socket[];

beforeEach(async () => {
  received = [];
  sockets = [];
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => received.push(bytes));
    // The answer to the end of what was sent: as many bytes.
    socket.on('end', () => socket.end(Buffer.concat(received)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  server.close();
  await once(server, 'close');
});

function lineTo(options: Omit<LineOptions, 'port'>): Promise<Line> {
  return startLine({ ...options, port: (server.address() as AddressInfo).port });
}

/** Sends bytes over a line. @returns what came back, and how the connection ended. */
async function exchange(line: Line, bytes: Buffer): Promise<{ readonly back: Buffer; readonly error?: string }> {
  const socket = connect({ port: line.port, host: '127.0.0.1' });
  const pieces: Buffer[] = [];
  let error: string | undefined;
  socket.on('data', (piece) => pieces.push(piece));
  socket.on('error', (caught: NodeJS.ErrnoException) => (error = caught.code));
  socket.end(bytes);
  await closed(socket);
  return { back: Buffer.concat(pieces), ...(error === undefined ? {} : { error }) };
}

const BYTES = Buffer.from(Array.from({ length: 400_000 }, (_, index) => index % 251));

it('says when bytes arrive: behind those before them, at the rate, later by the delay', () => {
  const pace = new LinePace({ bytesPerSecond: 1000, delayMs: 25, opensAtMs: 50 });
  expect(pace.arrivalOf(100, 0)).toBe(50 + 100 + 25);
  expect(pace.arrivalOf(100, 60)).toBe(50 + 200 + 25);
  expect(pace.arrivalOf(10, 1000)).toBe(1000 + 10 + 25);
  expect(new LinePace({ delayMs: 5, opensAtMs: 0 }).arrivalOf(1e9, 7)).toBe(12);
});

it('carries bytes there and back unchanged, in just the time that its width takes', async () => {
  const clock = new JumpingClock();
  await using line = await lineTo({ bytesPerSecond: 4_000_000, clock });
  const { back } = await clock.passUntil(exchange(line, BYTES));
  expect(back.equals(BYTES)).toBe(true);
  // 100 ms up; then 100 ms down.
  expect(clock.now()).toBeGreaterThanOrEqual(199);
  expect(clock.now()).toBeLessThan(202);
  expect({ up: line.upBytes, down: line.downBytes }).toEqual({ up: BYTES.length, down: BYTES.length });
});

it('takes a round trip for the handshake and one for a question and its answer', async () => {
  const clock = new JumpingClock();
  await using line = await lineTo({ roundTripMs: 50, clock });
  await clock.passUntil(exchange(line, Buffer.from('?')));
  expect(clock.now()).toBeCloseTo(100);
});

it('gives each connection its own width', async () => {
  const clock = new JumpingClock();
  await using line = await lineTo({ bytesPerSecond: 4_000_000, clock });
  const sent = Array.from({ length: 4 }, () => exchangeUp(line, BYTES));
  await clock.passUntil(Promise.all(sent));
  await clock.passUntil(untilReceived(4 * BYTES.length));
  expect(clock.now()).toBeGreaterThanOrEqual(99);
  expect(clock.now()).toBeLessThan(102);
  expect(line.connectionCount).toBe(4);
});

it('resets a connection behind the byte that it was told, and not the next one', async () => {
  await using line = await lineTo({
    fault: (number) => (number === 1 ? { up: { afterBytes: 100_001, then: 'reset' } } : undefined),
  });
  const first = await exchange(line, BYTES);
  expect(first.error).toMatch(/^(ECONNRESET|EPIPE)$/);
  expect(line.upBytes).toBe(100_001);
  received = [];
  expect((await exchange(line, BYTES)).back.equals(BYTES)).toBe(true);
});

it('cuts an answer short', async () => {
  await using line = await lineTo({ fault: () => ({ down: { afterBytes: 7, then: 'close' } }) });
  expect((await exchange(line, BYTES)).back.equals(BYTES.subarray(0, 7))).toBe(true);
});

it('holds bytes back for as long as it was told, and loses none', async () => {
  const clock = new JumpingClock();
  await using line = await lineTo({ clock, fault: () => ({ up: { afterBytes: 1000, then: 60_000 } }) });
  const { back } = await clock.passUntil(exchange(line, BYTES));
  expect(back.equals(BYTES)).toBe(true);
  expect(clock.now()).toBe(60_000);
});

it('passes the reset of a server on to the client', async () => {
  await using line = await lineTo({});
  const socket = connect({ port: line.port, host: '127.0.0.1' });
  let error: NodeJS.ErrnoException | undefined;
  socket.on('error', (caught) => (error = caught));
  socket.write('x');
  await untilReceived(1);
  sockets[0]?.resetAndDestroy();
  await closed(socket);
  expect(error?.code).toBe('ECONNRESET');
});

/** Node's `once` fails with the error that comes before. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => {
      resolve();
    });
  });
}

async function exchangeUp(line: Line, bytes: Buffer): Promise<void> {
  const socket = connect({ port: line.port, host: '127.0.0.1' });
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => {
    socket.write(bytes, () => {
      resolve();
    });
  });
}

async function untilReceived(byteCount: number): Promise<void> {
  while (received.reduce((sum, { length }) => sum + length, 0) < byteCount) await turn();
}
