import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { ProxyAddress } from '../../../../../src/config/sections/proxy-address.js';
import { logIn } from '../../../../../src/source/telegram/login/telegram-login.js';
import {
  ACCOUNT,
  addGroup,
  emptyWorld,
  fileOf,
  neverAborted,
  postDocument,
  postedMedia,
  sha256,
  SimulatedTelegram,
} from '../../simulated-telegram.js';
import { LoopbackProxy, type ProxyManners } from './loopback-proxy.js';

const CDN_DC = 203;
const PART = 512 * 1024;
const LOGIN = { username: 'ada lovelace', password: 'p@ss:w/rd é' };
const signal = neverAborted();

const world = emptyWorld();
const peer = addGroup(world, 3);
let telegram: SimulatedTelegram;
/** Every TCP connection that this process opens, those of the proxies included. */
let opened: Socket[];

function note(message: unknown): void {
  opened.push((message as { readonly socket: Socket }).socket);
}

beforeEach(async () => {
  opened = [];
  telegram = await SimulatedTelegram.start(world, { cdnDcIds: [CDN_DC] });
  subscribe('net.client.socket', note);
});

afterEach(async () => {
  unsubscribe('net.client.socket', note);
  await telegram[Symbol.asyncDispose]();
});

const KINDS = ['socks5', 'socks5h', 'http'] as const;

function start(scheme: ProxyAddress['scheme'], manners?: ProxyManners): Promise<LoopbackProxy> {
  return scheme === 'http' ? LoopbackProxy.http(manners) : LoopbackProxy.socks5(manners);
}

function addressOf({ port }: LoopbackProxy, scheme: ProxyAddress['scheme'], login?: typeof LOGIN): ProxyAddress {
  return { scheme, host: '127.0.0.1', port, ...login };
}

/** The ports that this process connected to by itself. */
function portsOfClient(proxy: LoopbackProxy): ReadonlySet<number | undefined> {
  return new Set(opened.filter((socket) => !proxy.sockets.has(socket)).map(({ remotePort }) => remotePort));
}

describe.each(KINDS)('a %s proxy', (scheme) => {
  it('carries every connection: login, main, media in both data centres, and the CDN', async () => {
    await using proxy = await start(scheme, { login: LOGIN });
    const options = { proxy: addressOf(proxy, scheme, LOGIN), requestTimeoutMs: 5000 };
    const { session } = await logIn(telegram.clientOptions(options), { kind: 'bot', token: ACCOUNT.botToken });
    expect(session).not.toBe('');

    const source = await telegram.openSource(options);
    const bytes = randomBytes(3 * PART + 1);
    for (const place of [{ dcId: 2 }, { dcId: 4 }, { dcId: 2, cdn: { dcId: CDN_DC } }]) {
      const document = world.addDocument({
        file: fileOf(bytes),
        mimeType: 'application/zip',
        attributes: [],
        ...place,
      });
      const { message, media } = await postedMedia(source, postDocument(world, peer, document));
      const path = join(telegram.folder, 'file');
      const file = await source.download(message, media, { path, signal });
      expect(file).toEqual({ sizeBytes: bytes.length, sha256: sha256(bytes) });
    }

    const { dcs, cdnDcs } = telegram.simulator;
    const destinations = new Set(proxy.tunnels.map(({ port }) => port));
    expect(destinations).toEqual(new Set([...dcs, ...cdnDcs].map(({ port }) => port)));
    expect(proxy.tunnels.length).toBeGreaterThan(4);
    // A socket that was closed since tells no port any more.
    expect([...portsOfClient(proxy)].filter((port) => port !== undefined)).toEqual([proxy.port]);
    // Of all connections that were opened, half are the proxy's own: one way in for each way out.
    expect(opened.length).toBe(2 * proxy.tunnels.length);
  });

  it("carries them with gramjs's own cipher too", async () => {
    await using proxy = await start(scheme);
    const source = await telegram.openSource({ proxy: addressOf(proxy, scheme), fastPath: false });
    await source.resolveChat('@harbour_crew', signal);
    expect(proxy.tunnels.length).toBeGreaterThan(0);
    expect(opened.length).toBe(2 * proxy.tunnels.length);
  });

  it('is not used for the hosts of NO_PROXY', async () => {
    await using proxy = await start(scheme);
    await telegram.openSource({ proxy: addressOf(proxy, scheme), noProxy: ['example.org', '127.0.0.0/8'] });
    expect(proxy.connectionCount).toBe(0);
    expect(opened.length).toBeGreaterThan(0);
  });

  it.each([
    [{ login: LOGIN }, undefined, 'requires a user name and a password'],
    [{ login: LOGIN }, { ...LOGIN, password: 'wrong' }, 'refuses the user name and password of TELEGRAM_PROXY'],
    [{ mood: 'refusing' }, undefined, 'refuses a connection to 127.0.0.1:'],
    [{ mood: 'closing' }, undefined, 'closed the connection without an answer'],
    [{ route: () => ({ host: '127.0.0.1', port: 1 }) }, undefined, 'refuses a connection to 127.0.0.1:'],
  ] as const)('with manners %j: an error that says so', async (manners, login, reason) => {
    await using proxy = await start(scheme, manners);
    const opening = telegram.openSource({ proxy: addressOf(proxy, scheme, login) });
    await expect(opening).rejects.toMatchObject({ code: 'UNREACHABLE' });
    await expect(opening).rejects.toThrow(reason);
    await expect(opening).rejects.toThrow(`The proxy ${scheme}://`);
    await expect(opening).rejects.not.toThrow(LOGIN.password);
    expect(opened.filter((socket) => !proxy.sockets.has(socket))).toHaveLength(1);
  });

  it('that does not answer is given up in time', async () => {
    await using proxy = await start(scheme, { mood: 'silent' });
    const opening = telegram.openSource({ proxy: addressOf(proxy, scheme), connectTimeoutMs: 200 });
    await expect(opening).rejects.toThrow('did not answer within 200 ms');
  });

  it('that does not answer is given up at once when the run is interrupted', async () => {
    await using proxy = await start(scheme, { mood: 'silent' });
    const controller = new AbortController();
    const opening = telegram.openSource({
      proxy: addressOf(proxy, scheme),
      connectTimeoutMs: 60_000,
      signal: controller.signal,
    });
    controller.abort(new Error('enough'));
    await expect(opening).rejects.toThrow('enough');
  });

  it('that cannot be reached is named in the error', async () => {
    const opening = telegram.openSource({ proxy: { scheme, host: '127.0.0.1', port: 1 } });
    await expect(opening).rejects.toThrow(`The proxy ${scheme}://127.0.0.1:1 cannot be reached`);
  });
});

it.each([
  ['socks5', 'http', 'does not speak SOCKS5'],
  ['http', 'socks5', 'does not speak HTTP'],
] as const)('a %s proxy that is a %s proxy is told apart', async (said, real, reason) => {
  await using proxy = await start(real);
  const opening = telegram.openSource({ proxy: addressOf(proxy, said), connectTimeoutMs: 2000 });
  await expect(opening).rejects.toThrow(/does not speak|did not answer|closed the connection/);
  if (said === 'socks5') await expect(opening).rejects.toThrow(reason);
});

it('socks5h lets the proxy resolve names, socks5 resolves them locally', async () => {
  const dcAddresses = telegram.simulator.dcs.map((dc) => ({ ...dc, host: 'localhost' }));
  for (const [scheme, host] of [
    ['socks5h', /^localhost$/],
    ['socks5', /^(?:127\.0\.0\.1|[0:]*0*1)$/],
  ] as const) {
    await using proxy = await LoopbackProxy.socks5({ route: ({ port }) => ({ host: '127.0.0.1', port }) });
    await telegram.openSource({ proxy: addressOf(proxy, scheme), dcAddresses });
    expect(proxy.tunnels[0]?.host).toMatch(host);
  }
});
