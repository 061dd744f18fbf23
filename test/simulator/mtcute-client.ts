import { MemoryStorage, TelegramClient, type TelegramTransport } from '@mtcute/node';
import { addPublicKey, NodeCryptoProvider } from '@mtcute/node/utils.js';
import type { Simulator } from '../../src/simulator/server/server.js';

/** An unmodified mtcute client without a login, pointed at a simulator's home data centre. Destroy it after use. */
export async function mtcuteClient(
  simulator: Pick<Simulator, 'dcs' | 'publicKeyPem'>,
  options: { readonly usePfs?: boolean; readonly transport?: TelegramTransport } = {},
): Promise<TelegramClient> {
  const crypto = new NodeCryptoProvider();
  await crypto.initialize();
  addPublicKey(crypto, simulator.publicKeyPem);
  const [home] = simulator.dcs;
  if (home === undefined) throw new RangeError('The simulator has no data centre.');
  const dc = { id: home.id, ipAddress: home.host, port: home.port };
  return new TelegramClient({
    apiId: 1,
    apiHash: 'hash',
    storage: new MemoryStorage(),
    crypto,
    defaultDcs: { main: dc, media: dc },
    ...(options.transport === undefined ? {} : { transport: options.transport }),
    logLevel: 0,
    disableUpdates: true,
    network: { usePfs: options.usePfs ?? false },
  });
}
