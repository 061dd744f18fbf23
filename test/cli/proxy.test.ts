import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Simulator, startSimulator } from '../../src/simulator/server/server.js';
import { WorldBuilder } from '../../src/simulator/world/world-builder.js';
import { LoopbackProxy, type Place } from '../source/telegram/wire/proxy/loopback-proxy.js';
import { runChatferry } from './run-chatferry.js';

const ME = 7001n;
const LOGIN = { username: 'ada', password: 'canary pass@word' };
/** Addresses for documentation (RFC 5737): nothing answers there, so what goes directly fails. */
const NOWHERE = '192.0.2';

let cwd: string;
let simulator: Simulator;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'chatferry-proxy-'));
  const world = new WorldBuilder({ seed: 3, homeDcId: 2 });
  world.addAccount({ userId: ME, phone: '9996627001', code: '22222' });
  world.addUser(ME, { self: true, first_name: 'Ada' });
  world.post(world.addChannel(9001n, 'Crew', { megagroup: true, username: 'crew' }), { message: 'a' });
  simulator = await startSimulator({ world });
  writeFileSync(join(cwd, 'key.pem'), simulator.publicKeyPem);
  env = {
    TELEGRAM_API_ID: '1',
    TELEGRAM_API_HASH: '0'.repeat(32),
    TELEGRAM_SESSION: simulator.sessionFor(ME),
    TELEGRAM_DC_ADDRESSES: simulator.dcs.map(({ id, port }) => `${id}=${NOWHERE}.${id}:${port}`).join(','),
    TELEGRAM_PUBLIC_KEY_FILE: join(cwd, 'key.pem'),
  };
});

afterAll(async () => {
  await simulator.close();
  rmSync(cwd, { recursive: true, force: true });
});

function route({ port }: Place): Place {
  return { host: '127.0.0.1', port };
}

describe('through a proxy that alone reaches Telegram', () => {
  it.each([
    ['TELEGRAM_PROXY', 'socks5'],
    ['ALL_PROXY', 'socks5h'],
    ['https_proxy', 'http'],
  ] as const)('%s=%s://… exports', async (name, scheme) => {
    const manners = { login: LOGIN, route };
    await using proxy = await (scheme === 'http' ? LoopbackProxy.http(manners) : LoopbackProxy.socks5(manners));
    const credentials = `${LOGIN.username}:${encodeURIComponent(LOGIN.password)}`;
    const more = { [name]: `${scheme}://${credentials}@127.0.0.1:${proxy.port}` };
    const end = await runChatferry(['export', '@crew', '--verbose', '--out', name], { cwd, env: { ...env, ...more } });
    expect(end.code).toBe(0);
    expect(proxy.tunnels.length).toBeGreaterThan(0);
    for (const { host } of proxy.tunnels) expect(host).toMatch(NOWHERE);
    expect(end.stdout + end.stderr).not.toMatch(/canary/);
  });

  it('whose password is wrong ends with 7, and no password is shown', async () => {
    await using proxy = await LoopbackProxy.socks5({ login: LOGIN, route });
    const more = { TELEGRAM_PROXY: `socks5://ada:canary-wrong@127.0.0.1:${proxy.port}` };
    const end = await runChatferry(['chats', '--json', '--verbose'], { cwd, env: { ...env, ...more } });
    expect(end.code).toBe(7);
    expect(end.stderr).toContain('refuses the user name and password of TELEGRAM_PROXY');
    expect(end.stdout + end.stderr).not.toMatch(/canary/);
    expect(proxy.connectionCount).toBe(1);
  });
});

describe('a proxy that cannot be used', () => {
  it.each([
    ['an MTProxy', 'TELEGRAM_PROXY', 'tg://proxy?server=x&port=443&secret=ee0123456789abcdef0123456789abcdef'],
    ['an MTProxy in the variable of others', 'ALL_PROXY', 'mtproto://0123456789abcdef0123456789abcdef@x:443'],
    ['SOCKS4', 'all_proxy', 'socks4://ada:canary@x:1080'],
  ])('%s is refused with 2 before any connection', async (_what, name, value) => {
    const before = simulator.openConnectionCount;
    const end = await runChatferry(['chats'], { cwd, env: { ...env, [name]: value } });
    expect(end.code).toBe(2);
    expect(end.stderr).toContain(name);
    expect(end.stderr).not.toMatch(/canary|0123456789abcdef/);
    expect(simulator.openConnectionCount).toBe(before);
  });

  it('of another program stops nothing that needs none, and config masks it', async () => {
    const more = { HTTPS_PROXY: 'https://ada:canary@proxy:8443' };
    const end = await runChatferry(['config'], { cwd, env: { ...env, ...more } });
    expect(end.code).toBe(0);
    expect(end.stdout).toContain('https://ada:***@proxy:8443');
  });
});
