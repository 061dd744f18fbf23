import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { checkDestination } from '../../../src/upload/http/destination.js';
import { HttpClient } from '../../../src/upload/http/http-client.js';

const configured = new URL('https://files.example.com/upload/');
const refusing = { configured, allowPrivate: false };
const { signal } = new AbortController();

/** The machine itself, as an address can be written. */
const LOOPBACK: readonly string[] = [
  '127.0.0.1',
  '127.0.0.1.',
  '127.1',
  '127.0.1',
  '127.255.255.254',
  '127.127.127.127',
  '0',
  '0.0.0.0',
  '0.0.0.0.',
  '2130706433',
  '2130706433.',
  '017700000001',
  '0x7f000001',
  '0X7F000001',
  '0x7f.1',
  '0x7f.0.0.1',
  '0x7f.0x0.0x0.0x1',
  '0177.0.0.1',
  '0177.0.0.01',
  '0177.0.1',
  '0177.1',
  '00000177.0.0.1',
  '127.0.0.0x1',
  '127.0x0.0.1',
  '0x000000007f.1',
  '127.00000.0.1',
  '%31%32%37.0.0.1',
  '127%2e0%2e0%2e1',
  '１２７.0.0.1',
  '127。0。0。1',
  '①②⑦.⓪.⓪.①',
  '127．0．0．1',
  '[::1]',
  '[::]',
  '[0:0:0:0:0:0:0:1]',
  '[0000:0000:0000:0000:0000:0000:0000:0001]',
  '[0::1]',
  '[::0001]',
  '[::ffff:127.0.0.1]',
  '[::FFFF:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[0:0:0:0:0:ffff:7f00:0001]',
  '[::ffff:0:127.0.0.1]',
  '[::127.0.0.1]',
  '[::7f00:1]',
  '[64:ff9b::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[64:ff9b:1::7f00:1]',
  '[2002:7f00:1::]',
  '[2002:7f00:0001::1]',
  '[2001:0:7f00:1::]',
  '[2001:0000:4136:e378:8000:63bf:80ff:fffe]',
  '[fe80::1]',
  '[fec0::1]',
  '[fc00::1]',
  '[fd12:3456:789a::1]',
  '[ff02::1]',
  'localhost',
  'LOCALHOST',
  'LocalHost.',
];

/** Others that are not of the public internet. */
const PRIVATE: readonly string[] = [
  ...['10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1', '192.168.255.255'],
  ...['169.254.169.254', '0xa9fea9fe', '2852039166', '100.64.0.1', '100.127.255.255', '198.18.0.1', '198.19.255.255'],
  ...['192.0.0.1', '192.0.2.1', '198.51.100.1', '203.0.113.1', '224.0.0.1', '240.0.0.1', '255.255.255.255'],
  ...['[2001:db8::1]', '[3fff::1]', '[::ffff:169.254.169.254]', '[2002:a9fe:a9fe::]', '[100::1]'],
];

describe('An address that a server gives', () => {
  it('is tried in sixty spellings of the machine itself', () => {
    expect(new Set(LOOPBACK).size).toBe(60);
  });

  it.each([...LOOPBACK, ...PRIVATE])('is refused as https://%s/', async (host) => {
    await expect(checkDestination(`https://${host}/x`, refusing)).rejects.toMatchObject({ code: 'STORE_REFUSED' });
    await expect(checkDestination(`//${host}:8443/x`, refusing)).rejects.toMatchObject({ code: 'STORE_REFUSED' });
  });

  it.each(LOOPBACK)('is followed to %s where that is allowed', async (host) => {
    const url = await checkDestination(`https://${host}/x`, { configured, allowPrivate: true });
    expect(url.pathname).toBe('/x');
  });

  it.each([
    '93.184.215.14',
    '8.8.8.8',
    '[2606:2800:21f:cb07:6820:80da:af6b:8b2c]',
    '11.0.0.1',
    '172.32.0.1',
    '100.128.0.1',
  ])('is followed to the public address %s', async (host) => {
    expect((await checkDestination(`https://${host}/x`, refusing)).protocol).toBe('https:');
  });

  it('is followed at the origin that the user named, wherever it is, and at no other port of it', async () => {
    const local = { configured: new URL('http://127.0.0.1:1080/files/'), allowPrivate: false };
    expect((await checkDestination('next', local)).href).toBe('http://127.0.0.1:1080/files/next');
    for (const other of ['http://127.0.0.1:1081/', 'https://127.0.0.1:1080/', '//localhost:1080/', 'http://127.1:22/'])
      await expect(checkDestination(other, local)).rejects.toMatchObject({ code: 'STORE_REFUSED' });
  });

  it.each([
    'http://93.184.215.14/',
    'ftp://93.184.215.14/',
    'file:///etc/passwd',
    'data:text/plain,x',
    'unix:/run/x',
    'javascript:0',
  ])('is refused without encryption, and by other protocols: %s', async (address) => {
    await expect(checkDestination(address, refusing)).rejects.toMatchObject({ code: 'STORE_REFUSED' });
  });

  it('is refused when one of several addresses of its host is private, or none is known', async () => {
    const check = (...addresses: readonly string[]) =>
      checkDestination('https://cdn.example.net/x', refusing, () => Promise.resolve(addresses));
    await expect(check('93.184.215.14', '10.0.0.1')).rejects.toThrow(
      /cdn\.example\.net.*UPLOAD_ALLOW_PRIVATE_REDIRECTS/,
    );
    await expect(check('::1')).rejects.toMatchObject({ code: 'STORE_REFUSED' });
    await expect(check()).rejects.toMatchObject({ code: 'STORE_REFUSED' });
    expect((await check('93.184.215.14')).host).toBe('cdn.example.net');
  });

  it.each(['files.localhost', 'a.b.localhost.'])(
    'is refused for the name %s, whatever a resolver says',
    async (host) => {
      const check = checkDestination(`https://${host}/`, refusing, () => Promise.resolve(['93.184.215.14']));
      await expect(check).rejects.toMatchObject({ code: 'STORE_REFUSED' });
    },
  );

  it('may be found later where its host cannot be looked up now', async () => {
    const failing = () => Promise.reject(new Error('no answer'));
    const check = checkDestination('https://cdn.example.net/x', refusing, failing);
    await expect(check).rejects.toMatchObject({ code: 'UNREACHABLE', retryable: true });
  });
});

describe('A connection', () => {
  let server: Server;
  let port: number;
  let connectionCount: number;

  beforeEach(async () => {
    connectionCount = 0;
    server = createServer((_, response) => response.end('inside'));
    server.on('connection', () => (connectionCount += 1));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  });

  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  /** A name that leads to a public address when it is checked, and to this machine when it is connected to. */
  const rebound: LookupFunction = (_, options, callback) => {
    if (options.all === true) callback(null, [{ address: '127.0.0.1', family: 4 }]);
    else callback(null, '127.0.0.1', 4);
  };
  const url = (host: string): URL => new URL(`http://${host}:${port}/`);

  it('is not made to a private address by a name that has changed since it was checked', async () => {
    const checked = checkDestination('https://cdn.example.net/x', refusing, () => Promise.resolve(['93.184.215.14']));
    expect((await checked).hostname).toBe('cdn.example.net');
    await using http = new HttpClient({ connectionCount: 1, timeoutMs: 5000, destination: refusing, lookup: rebound });
    const sent = http.send({ method: 'GET', url: url('cdn.example.net') }, signal);
    await expect(sent).rejects.toMatchObject({ code: 'STORE_REFUSED' });
    await expect(sent).rejects.toThrow(/cdn\.example\.net, which leads to 127\.0\.0\.1/);
    expect(connectionCount).toBe(0);
  });

  it('is made there where that is allowed, and to the host that the user named', async () => {
    for (const destination of [
      { configured, allowPrivate: true },
      { configured: url('cdn.example.net'), allowPrivate: false },
    ]) {
      await using http = new HttpClient({ connectionCount: 1, timeoutMs: 5000, destination, lookup: rebound });
      const answer = await http.send({ method: 'GET', url: url('cdn.example.net') }, signal);
      expect(answer.text).toBe('inside');
    }
    expect(connectionCount).toBe(2);
  });
});
