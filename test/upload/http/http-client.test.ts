import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { HttpClient } from '../../../src/upload/http/http-client.js';

const { signal } = new AbortController();
let server: Server;
let connectionCount: number;

beforeEach(async () => {
  connectionCount = 0;
  server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      response.setHeader('upload-offset', '7');
      response.end(request.method === 'HEAD' ? undefined : 'said');
    });
  });
  server.on('connection', () => (connectionCount += 1));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

it('sends one request after the other on one connection, also behind a HEAD', async () => {
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await using http = new HttpClient({ connectionCount: 1, timeoutMs: 10_000 });
  for (let round = 0; round < 3; round += 1) {
    expect(await http.send({ method: 'PATCH', url, body: 'x' }, signal)).toMatchObject({ status: 200, text: 'said' });
    const looked = await http.send({ method: 'HEAD', url }, signal);
    expect(looked).toMatchObject({ status: 200, text: '', headers: { 'upload-offset': '7' } });
  }
  expect(connectionCount).toBe(1);
});

it('hands on no key that a server repeats in what it refuses', async () => {
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    const { authorization = '' } = request.headers;
    response.writeHead(400, { location: `/${authorization}` });
    response.end(`No: ${authorization}, ${Buffer.from(authorization).toString('base64')}`);
  });
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await using http = new HttpClient({ connectionCount: 1, timeoutMs: 10_000, secrets: ['SECRET-of-tus'] });
  const headers = { authorization: 'Bearer SECRET-of-tus' };
  const answer = await http.send({ method: 'GET', url, headers }, signal);
  expect(answer).toMatchObject({ status: 400, headers: { location: '/Bearer ***' } });
  expect(answer.text).toMatch(/^No: Bearer \*\*\*, .{0,12}\*\*\*.{0,4}$/);
});
