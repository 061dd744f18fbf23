import type { Simulator } from '../../src/simulator/server/server.js';

/** Settings by which a client finds a simulator, without a login. @param publicKeyFile - Where its key lies. */
export function clientEnvironment(
  { dcs }: Pick<Simulator, 'dcs'>,
  publicKeyFile: string,
): Readonly<Record<string, string>> {
  return {
    TELEGRAM_API_ID: '1',
    TELEGRAM_API_HASH: '0'.repeat(32),
    TELEGRAM_DC_ADDRESSES: dcs.map(({ id, host, port }) => `${id}=${host}:${port}`).join(','),
    TELEGRAM_PUBLIC_KEY_FILE: publicKeyFile,
  };
}
