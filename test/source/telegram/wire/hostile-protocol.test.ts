import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

import bigInt from 'big-integer';
import { Api } from 'telegram';
import { AuthKey } from 'telegram/crypto/AuthKey.js';
import { afterEach, describe, expect, it } from 'vitest';

import { GramjsConnection } from '../../../../src/source/telegram/wire/connections/gramjs-connection.js';
import { gramjsLogger, type SenderConnection } from '../../../../src/source/telegram/wire/gramjs-seams.js';
import { GuardedHandshake } from '../../../../src/source/telegram/wire/connections/guarded-handshake.js';
import { OneConnectionSender } from '../../../../src/source/telegram/wire/connections/one-connection-sender.js';
import { readServerMessage } from '../../../../src/source/telegram/wire/packets/server-message.js';
import { TcpConnection } from '../../../../src/source/telegram/wire/connections/tcp-connection.js';
import { neverAborted } from '../simulated-telegram.js';

function startSender(): { sender: OneConnectionSender; lost: string[] } {
  const logger = gramjsLogger(() => undefined);
  const sender = new OneConnectionSender(new AuthKey(), { logger, retries: 1, securityChecks: true, client: {} });
  const lost: string[] = [];
  sender.onLost = (cause): void => void lost.push(cause);
  return { sender, lost };
}

async function feed(sender: OneConnectionSender, body: Buffer, times: number): Promise<void> {
  for (let index = 0; index < times; index += 1) {
    await sender._processMessage({ msgId: bigInt(index * 4 + 1), obj: readServerMessage(body) });
  }
}

const badSalt = new Api.BadServerSalt({
  badMsgId: bigInt(4),
  badMsgSeqno: 1,
  errorCode: 48,
  newServerSalt: bigInt(77),
}).getBytes();
const notification = (errorCode: number): Buffer =>
  new Api.BadMsgNotification({ badMsgId: bigInt(4), badMsgSeqno: 1, errorCode }).getBytes();

describe('a server that never accepts a message', () => {
  it.each([
    ['changes its salt for ever', badSalt, 'refuses every salt'],
    ['finds our clock wrong for ever', notification(16), 'refuses every message'],
    ['finds our numbers wrong for ever', notification(32), 'refuses every message'],
  ])('%s: it is given up after ten corrections', async (_, body, cause) => {
    const { sender, lost } = startSender();
    await feed(sender, body, 10);
    expect(lost).toEqual([]);
    await feed(sender, body, 1);
    expect(lost).toEqual([expect.stringContaining(cause) as string]);
  });

  it('is given up at once for errors that cannot be corrected', async () => {
    const { sender, lost } = startSender();
    await feed(sender, notification(64), 1);
    expect(lost).toEqual([expect.stringContaining('code 64') as string]);
  });

  it('does not fill a list by sending without requests', async () => {
    const { sender, lost } = startSender();
    const session = { firstMsgId: bigInt(1), uniqueId: bigInt(2), serverSalt: bigInt(3) };
    await feed(sender, new Api.NewSessionCreated(session).getBytes(), 10_000);
    const junk = [new Api.MsgsAck({ msgIds: [bigInt(1)] }), new Api.MsgsStateReq({ msgIds: [bigInt(300_000_000)] })];
    for (const message of junk) await feed(sender, message.getBytes(), 100);
    expect(sender._pendingAck.size).toBeLessThanOrEqual(2000);
    // An answer to a question about states would have 300 MB.
    expect(sender._sendQueue._queue).toEqual([]);
    expect(lost).toEqual([]);
  });
});

describe('a key exchange', () => {
  const answering = (packet: Buffer): GuardedHandshake => {
    const connection: SenderConnection = {
      isConnected: () => true,
      connect: () => Promise.resolve(),
      disconnect: () => Promise.resolve(),
      send: () => Promise.resolve(),
      recv: () => Promise.resolve(packet),
      toString: () => 'here:443',
    };
    return new GuardedHandshake(connection, () => true);
  };
  const resPq = (pq: Buffer): Buffer => {
    const body = new Api.ResPQ({
      nonce: bigInt(1),
      serverNonce: bigInt(2),
      pq,
      serverPublicKeyFingerprints: [bigInt(3)],
    }).getBytes();
    const head = Buffer.alloc(20);
    head.writeUInt32LE(5, 8);
    head.writeUInt32LE(body.length, 16);
    return Buffer.concat([head, body]);
  };

  it('continues with a product of two primes', async () => {
    const packet = resPq(Buffer.from('17ed48941a08f981', 'hex')); // Of the example in Telegram's documentation.
    await expect(answering(packet).recv()).resolves.toBe(packet);
  });

  it.each([
    ['a prime', Buffer.from('7fffffffffffffe7', 'hex')],
    ['nothing', Buffer.alloc(0)],
    ['one', Buffer.from([1])],
    ['a number of 500 digits', Buffer.alloc(200, 0xfb)],
    ['a megabyte', Buffer.alloc(1_000_000, 0xfb)],
  ])('is refused with %s instead of the product', async (_, pq) => {
    await expect(answering(resPq(pq)).recv()).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });
});

describe('a connection', () => {
  let close: () => void = () => undefined;
  afterEach(() => {
    close();
  });

  async function serve(talk: (socket: Socket) => void): Promise<{ host: string; port: number }> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      talk(socket);
    });
    close = (): void => {
      for (const socket of sockets) socket.destroy();
      server.close();
    };
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  }

  const common = { connectTimeoutMs: 5000, signal: neverAborted(), dcId: 2, log: (): void => undefined };

  it.each([
    ['ours', TcpConnection],
    ["gramjs's", GramjsConnection],
  ])('of %s ends at an invalid packet length', async (_, Connection) => {
    for (const length of [100_000_000, 0x7fffffff]) {
      const head = Buffer.alloc(8);
      head.writeUInt32LE(length);
      const connection = new Connection({ ...common, ...(await serve((socket) => void socket.write(head))) });
      await connection.connect();
      await expect(connection.recv()).rejects.toThrow(Error);
      close();
    }
  });

  it('pauses a server that sends faster than packets are read', async () => {
    const packet = Buffer.alloc(4 + 1024 * 1024);
    packet.writeUInt32LE(1024 * 1024);
    let sentBytes = 0;
    const pour = (socket: Socket): void => {
      while (sentBytes < 400 * packet.length && socket.write(packet)) sentBytes += packet.length;
      socket.once('drain', () => {
        sentBytes += packet.length;
        pour(socket);
      });
    };
    const connection = new TcpConnection({ ...common, ...(await serve(pour)) });
    await connection.connect();
    await connection.recv();
    // Both ends are in this process: what can go out goes out within a few turns of its loop.
    let idleTurns = 0;
    while (idleTurns < 1000) {
      const before = sentBytes;
      await turn();
      idleTurns = sentBytes === before ? idleTurns + 1 : 0;
    }
    expect(sentBytes).toBeLessThan(100 * 1024 * 1024);
    for (let count = 0; count < 300; count += 1) await connection.recv();
    await connection.disconnect();
  });
});
