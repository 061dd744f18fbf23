import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, expect, it } from 'vitest';
import { Agent, request } from 'undici';

import { onNth, seededFaults, type SeenRequest, startFaultProxy, tooManyRequests } from './fault-proxy.js';

let server: Server;
let served: { readonly method: string; readonly headers: IncomingHttpHeaders; readonly body: Buffer }[];
let cutShortBytes: number[];
let agent: Agent;

beforeEach(async () => {
  served = [];
  cutShortBytes = [];
  agent = new Agent({ connections: 1 });
  server = createServer((incoming, answer) => {
    const pieces: Buffer[] = [];
    incoming.on('data', (piece: Buffer) => pieces.push(piece));
    incoming.on('error', () => cutShortBytes.push(Buffer.concat(pieces).length));
    incoming.on('end', () => {
      const body = Buffer.concat(pieces);
      served.push({ method: incoming.method ?? '', headers: incoming.headers, body });
      answer.setHeader('upload-offset', String(body.length));
      answer.end(incoming.method === 'HEAD' ? undefined : 'done');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  await agent.destroy();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const serverPort = () => (server.address() as AddressInfo).port;

/** @returns status, headers and text; or the code of what went wrong. */
async function patch(origin: string, body: string | Buffer, method: 'PATCH' | 'HEAD' = 'PATCH') {
  try {
    const given = await request(`${origin}/files/1?a=b`, {
      method,
      dispatcher: agent,
      headers: { 'x-own': 'yes' },
      ...(method === 'HEAD' ? {} : { body }),
    });
    return { status: given.statusCode, headers: given.headers, text: await given.body.text() };
  } catch (error) {
    return { failed: String((error as NodeJS.ErrnoException).code) };
  }
}

it('passes requests and answers as they are where nothing goes wrong, on one connection', async () => {
  await using proxy = await startFaultProxy({ serverPort: serverPort() });
  const body = Buffer.alloc(300_000, 'x');
  expect(await patch(proxy.origin, body)).toMatchObject({ status: 200, text: 'done' });
  expect(await patch(proxy.origin, '', 'HEAD')).toMatchObject({ status: 200, headers: { 'upload-offset': '0' } });
  expect(served[0]?.body.equals(body)).toBe(true);
  expect(served[0]?.headers).toMatchObject({ host: new URL(proxy.origin).host, 'x-own': 'yes' });
  expect(proxy.requests.map(({ method, path, number }) => `${number} ${method} ${path}`)).toEqual([
    '1 PATCH /files/1?a=b',
    '2 HEAD /files/1?a=b',
  ]);
  expect(proxy.line.connectionCount).toBe(1);
});

it('answers in the place of the server, with a pause to wait for', async () => {
  const faults = onNth('PATCH', { 2: tooManyRequests(7) });
  await using proxy = await startFaultProxy({ serverPort: serverPort(), faults });
  expect(await patch(proxy.origin, 'one')).toMatchObject({ status: 200 });
  expect(await patch(proxy.origin, 'two')).toMatchObject({ status: 429, headers: { 'retry-after': '7' } });
  expect(await patch(proxy.origin, 'three')).toMatchObject({ status: 200 });
  expect(served.map(({ body }) => body.toString())).toEqual(['one', 'three']);
  expect(proxy.faultCount).toBe(1);
});

it('lies about what the server did', async () => {
  const faults = onNth('PATCH', {
    1: { turn: (answer) => ({ ...answer, headers: { ...answer.headers, 'upload-offset': '99' } }) },
    2: { turn: () => ({ status: 200, headers: {}, body: Buffer.from('<Error><Code>InternalError</Code></Error>') }) },
  });
  await using proxy = await startFaultProxy({ serverPort: serverPort(), faults });
  expect(await patch(proxy.origin, 'abc')).toMatchObject({
    status: 200,
    headers: { 'upload-offset': '99' },
    text: 'done',
  });
  expect(await patch(proxy.origin, 'abc')).toMatchObject({ text: expect.stringContaining('InternalError') as string });
  expect(served).toHaveLength(2);
});

it('answers without reading what is sent', async () => {
  const faults = onNth('PATCH', { 1: { answerAtOnce: { status: 503 } } });
  await using proxy = await startFaultProxy({ serverPort: serverPort(), faults });
  expect(await patch(proxy.origin, 'abc')).toMatchObject({ status: 503, text: '' });
  expect(served).toHaveLength(0);
});

it('resets the connection before the server sees a request, in its middle, or when it is done', async () => {
  const faults = onNth('PATCH', { 1: { reset: 'before' }, 2: { reset: 100_000 }, 3: { reset: 'after' } });
  await using proxy = await startFaultProxy({ serverPort: serverPort(), faults });
  const body = Buffer.alloc(300_000, 'x');
  for (let count = 0; count < 2; count += 1) expect(await patch(proxy.origin, body)).toHaveProperty('failed');
  expect(served).toHaveLength(0);
  expect(await patch(proxy.origin, body)).toHaveProperty('failed');
  expect(served.map(({ body: { length } }) => length)).toEqual([300_000]);
  await expect.poll(() => cutShortBytes).toEqual([100_000]);
  expect(await patch(proxy.origin, body)).toMatchObject({ status: 200 });
});

it('says nothing when it is told to be silent', async () => {
  await using proxy = await startFaultProxy({ serverPort: serverPort(), faults: () => 'silent' });
  const hurried = new Agent({ headersTimeout: 100 });
  const asked = request(`${proxy.origin}/`, { method: 'GET', dispatcher: hurried });
  await expect(asked).rejects.toMatchObject({ code: 'UND_ERR_HEADERS_TIMEOUT' });
  expect(served).toHaveLength(0);
  await hurried.destroy();
});

it('draws the same faults again from the same seed', () => {
  const draw = (seed: number): string => {
    const faults = seededFaults(['silent', { reset: 'after' }], { seed, probability: 0.5 });
    return Array.from({ length: 40 }, () => JSON.stringify(faults({} as SeenRequest) ?? 'none')).join();
  };
  expect(draw(1)).toBe(draw(1));
  expect(draw(1)).not.toBe(draw(2));
  expect(draw(1)).toContain('none');
  expect(draw(1)).toContain('silent');
});
