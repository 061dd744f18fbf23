import { createRequire } from 'node:module';
import type { KeyObject } from 'node:crypto';
import { createPublicKey } from 'node:crypto';
import bigInt from 'big-integer';
import { TelegramClient } from 'telegram';
import { ConnectionTCPFull, type Connection } from 'telegram/network/index.js';
import { Logger, LogLevel } from 'telegram/extensions/Logger.js';
import { StringSession } from 'telegram/sessions/index.js';
import { sha1 } from '../../src/simulator/crypto/digest.js';
import { ByteWriter } from '../../src/simulator/tl/byte-writer.js';
import type { Simulator } from '../../src/simulator/server/server.js';

const require = createRequire(import.meta.url);

/** An unmodified gramjs client that finds the simulator's data centres and trusts its key. Disconnect it after use. */
export function gramjsClient(
  simulator: Simulator,
  session = '',
  connection: typeof ConnectionTCPFull = ConnectionTCPFull,
): TelegramClient {
  trust(simulator.publicKeyPem);
  return new TelegramClient(new StringSession(session), 1, 'hash', {
    // The only seam that is told the data centre: gramjs dials port 80 or 443 whatever the session says.
    connection: redirected(simulator, connection),
    connectionRetries: 1,
    requestRetries: 3,
    floodSleepThreshold: 0,
    baseLogger: new Logger(LogLevel.NONE),
  });
}

/** Ends a client at once; on its own it would wait half a minute for its exported senders. */
export async function closeGramjs(client: TelegramClient): Promise<void> {
  const timers = (client as unknown as { _exportedSenderReleaseTimeouts: Map<number, NodeJS.Timeout> })
    ._exportedSenderReleaseTimeouts;
  for (const timer of timers.values()) clearTimeout(timer);
  const senders = (
    client as unknown as { _exportedSenderPromises: Map<number, Promise<{ disconnect(): void } | undefined>> }
  )._exportedSenderPromises;
  for (const sender of await Promise.all(senders.values())) sender?.disconnect();
  await client.destroy();
}

type ConnectionParameters = ConstructorParameters<typeof ConnectionTCPFull>[0];

function redirected(simulator: Simulator, base: typeof ConnectionTCPFull): typeof Connection {
  return class extends base {
    constructor(parameters: ConnectionParameters) {
      const dc = simulator.dcs.find(({ id }) => id === parameters.dcId);
      super(dc === undefined ? parameters : { ...parameters, ip: dc.host, port: dc.port });
    }
  };
}

function trust(publicKeyPem: string): void {
  const { _serverKeys } = require('telegram/crypto/RSA') as {
    _serverKeys: Map<string, { n: bigInt.BigInteger; e: number }>;
  };
  const key: KeyObject = createPublicKey(publicKeyPem);
  const { n = '', e = '' } = key.export({ format: 'jwk' });
  const modulus = Buffer.from(n, 'base64url');
  const exponent = Buffer.from(e, 'base64url');
  const out = new ByteWriter();
  out.bytes(modulus);
  out.bytes(exponent);
  const fingerprint = sha1(out.take()).readBigInt64LE(12);
  _serverKeys.set(fingerprint.toString(), {
    n: bigInt(modulus.toString('hex'), 16),
    e: exponent.readUIntBE(0, exponent.length),
  });
}
