import {
  IntermediatePacketCodec,
  ObfuscatedPacketCodec,
  PaddedIntermediatePacketCodec,
  TcpTransport,
  type TelegramTransport,
} from '@mtcute/node';
import { ConnectionTCPFull, ConnectionTCPObfuscated } from 'telegram/network/index.js';
import { expect, onTestFinished, test } from 'vitest';
import { startSimulator, type Simulator } from '../../src/simulator/server/server.js';
import { closeGramjs, gramjsClient } from './gramjs-client.js';
import { mtcuteClient } from './mtcute-client.js';
import { createTinyWorld, type TinyWorld } from './tiny-world.js';

async function started(): Promise<{ tiny: TinyWorld; simulator: Simulator }> {
  const tiny = createTinyWorld();
  const simulator = await startSimulator({ world: tiny.world });
  onTestFinished(() => simulator.close());
  return { tiny, simulator };
}

function framedBy(codec: () => ReturnType<TelegramTransport['packetCodec']>): TelegramTransport {
  const tcp = new TcpTransport();
  return { connect: (dc) => tcp.connect(dc), packetCodec: codec };
}

// gramjs' plain abridged connection reads short and hangs, whatever the server.
test.each([
  ['full', ConnectionTCPFull],
  ['abridged, obfuscated', ConnectionTCPObfuscated as unknown as typeof ConnectionTCPFull],
])('gramjs reads over %s framing', async (_, connection) => {
  const { tiny, simulator } = await started();
  const client = gramjsClient(simulator, simulator.sessionFor(tiny.account.userId), connection);
  onTestFinished(() => closeGramjs(client));
  await client.connect();
  expect(await client.getMessages('tinygroup', { limit: 20 })).toHaveLength(20);
});

test.each([
  ['intermediate', () => new IntermediatePacketCodec()],
  ['padded intermediate', () => new PaddedIntermediatePacketCodec()],
  ['intermediate, obfuscated', () => new ObfuscatedPacketCodec(new IntermediatePacketCodec())],
  ['padded intermediate, obfuscated', () => new ObfuscatedPacketCodec(new PaddedIntermediatePacketCodec())],
])('mtcute exchanges keys, logs in and reads over %s framing', async (_, codec) => {
  const { tiny, simulator } = await started();
  const client = await mtcuteClient(simulator, { transport: framedBy(codec) });
  onTestFinished(() => client.destroy());
  const { phone, code } = tiny.plainAccount;
  await client.start({ phone, code: () => code, codeSentCallback: () => undefined });
  expect(await client.getHistory('tinygroup', { limit: 20 })).toHaveLength(20);
});
