import { createHash } from 'node:crypto';

import { expect, it } from 'vitest';

import { type HttpFault, onNth, startFaultProxy } from '../../servers/fault-proxy.js';
import { startTusNodeServer } from '../../servers/tus-server.js';
import { FullTusFarEnd, tusClient, TusNodeFarEnd } from './far-ends.js';
import { PART_BYTES, TusStage } from './tus-stage.js';

const never = new AbortController().signal;

function sendsOnTo(address: string): HttpFault {
  return { answer: { status: 201, headers: { location: address } } };
}

async function read(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  return Buffer.concat(pieces);
}

it.each([
  'http://169.254.169.254/latest/meta-data',
  'https://10.0.0.1/files/1',
  'https://[::ffff:127.0.0.1]/files/1',
  'https://[fd00::1]/files/1',
  'http://2130706433/files/1',
  'file:///etc/passwd',
  '//192.168.1.1/files/1',
])('sends nothing on to %s when a server says so', async (address) => {
  await using stage = await TusStage.open(await TusNodeFarEnd.open(), onNth('POST', { 1: sendsOnTo(address) }));
  const { file } = await stage.upload(stage.make(1000));
  expect(file).toMatchObject({ state: 'failed', code: 'STORE_REFUSED' });
  expect(file.state === 'failed' ? file.reason : '').toContain('UPLOAD_ALLOW_PRIVATE_REDIRECTS');
  expect(stage.methods()).toEqual(['OPTIONS', 'POST']);
});

it('follows to another server when that is allowed, and keeps the key from it', async () => {
  await using other = await startTusNodeServer();
  await using line = await startFaultProxy({ serverPort: other.port });
  const created = await fetch(other.endpoint, {
    method: 'POST',
    headers: { 'tus-resumable': '1.0.0', 'upload-length': '1000' },
  });
  const address = (created.headers.get('location') ?? '').replace(other.endpoint.origin, line.origin);
  await using stage = await TusStage.open(await TusNodeFarEnd.open(), onNth('POST', { 1: sendsOnTo(address) }));
  const item = stage.make(1000);
  const { file } = await stage.upload(item, { client: { allowPrivateRedirects: true } });
  expect(file).toMatchObject({ state: 'uploaded', remote: address });
  expect(other.read(address)?.equals(item.content)).toBe(true);
  expect(line.requests.map(({ method, headers }) => `${method} ${String(headers['authorization'])}`)).toEqual([
    'PATCH undefined',
    'HEAD undefined',
  ]);
  expect(stage.proxy.requests.every(({ headers }) => headers['authorization'] === 'Bearer test-token')).toBe(true);
});

const withPassword: HttpFault = {
  turn: ({ headers, ...answer }) => ({
    ...answer,
    headers: { ...headers, location: String(headers['location']).replace('://', '://me:hunter2@') },
  }),
};

it('takes an address relative to the endpoint, and no name or password from one', async () => {
  await using server = await startTusNodeServer({ relativeLocation: true });
  await using stage = await TusStage.open(new TusNodeFarEnd(server));
  const { file } = await stage.upload(stage.make(1000));
  expect(file.state === 'failed' ? '' : file.remote).toMatch(new RegExp(`^${stage.endpoint.href}/[0-9a-f]{32}$`));
  await using sly = await TusStage.open(await TusNodeFarEnd.open(), onNth('POST', { 1: withPassword }));
  const other = await sly.upload(sly.make(1000));
  expect(other.file.state).toBe('uploaded');
  expect(JSON.stringify(other.file)).not.toContain('hunter2');
});

it('asks nobody but the configured server about files that a manifest from elsewhere names', async () => {
  await using stage = await TusStage.open(await TusNodeFarEnd.open());
  await using target = stage.client();
  const remote = { address: '', id: 'http://127.0.0.1:9/secret' };
  const expected = { sizeBytes: 1, sha256: '0'.repeat(64) };
  await expect(target.confirm(remote, expected, never)).rejects.toMatchObject({ code: 'STORE_REFUSED' });
  await expect(read(target.read(remote, never))).rejects.toMatchObject({ code: 'STORE_REFUSED' });
});

it('has no secrets in what it is called', async () => {
  const target = tusClient(new URL('https://tus.example/files/?key=hunter2'));
  expect(target.id).toBe('tus+https://tus.example/files/');
  await target[Symbol.asyncDispose]();
  expect(() => tusClient(new URL('https://me:hunter2@tus.example/files/'))).toThrow(
    /contains a name or password.*TUS_TOKEN/,
  );
});

it.each([
  ['umlauts äöü and 日本語.txt', 'text/plain'],
  ['a/b, c;d=e "f"\\g', 'application/x-odd'],
  ['emoji 👩‍👩‍👧', 'image/png'],
])('tells the name, type and hash of %s in metadata', async (name, contentType) => {
  await using stage = await TusStage.open(await TusNodeFarEnd.open());
  const item = { ...stage.make(PART_BYTES + 1, name), contentType };
  await stage.upload(item, { client: { prefix: 'archive/' } });
  expect(stage.farEnd.server.uploads()[0]?.metadata).toEqual({
    filename: `archive/${name}`,
    filetype: contentType,
    sha256: createHash('sha256').update(item.content).digest('hex'),
  });
});

it('gives a file back where the server does, and says so where it does not', async () => {
  await using stage = await TusStage.open(await FullTusFarEnd.open());
  const item = stage.make(3 * PART_BYTES + 5);
  const { file } = await stage.upload(item);
  await using target = stage.client();
  const remote = { address: '', id: file.state === 'failed' ? '' : file.remoteId };
  expect((await read(target.read(remote, never))).equals(item.content)).toBe(true);
  for await (const piece of target.read(remote, never)) {
    expect(piece.length).toBeLessThan(item.content.length);
    break; // Whoever has seen enough may stop.
  }
  const missing = read(target.read({ ...remote, id: `${remote.id}0` }, never));
  await expect(missing).rejects.toThrow(/answered 404 when asked to give a file back/);
});

it.each<readonly [string, HttpFault, RegExp]>([
  ['wants another key', { answer: { status: 401 } }, /answered 401.*Check the key in TUS_TOKEN and its rights/],
  ['speaks an older version', { answer: { status: 204, headers: { 'tus-version': '0.2.2' } } }, /speaks tus 0\.2\.2/],
  [
    'does not allow uploads',
    { answer: { status: 204, headers: { 'tus-extension': 'termination' } } },
    /does not allow uploads/,
  ],
])('says before it sends anything that a server %s', async (_, fault, reason) => {
  await using stage = await TusStage.open(await TusNodeFarEnd.open(), onNth('OPTIONS', { 1: fault }));
  await using target = stage.client();
  const check = target.check(never);
  await expect(check).rejects.toMatchObject({ code: 'STORE_REFUSED' });
  await expect(check).rejects.toThrow(reason);
});

it('knows the largest file from what the server says, and the core protocol where it says nothing', async () => {
  await using server = await startTusNodeServer({ maxSize: 5000 });
  await using stage = await TusStage.open(new TusNodeFarEnd(server));
  const { file } = await stage.upload(stage.make(5001));
  expect(file).toMatchObject({ state: 'failed', code: 'STORE_REFUSED' });
  expect(stage.methods()).toEqual(['OPTIONS']);
  const silent: HttpFault = { answer: { status: 404 } };
  await using other = await TusStage.open(await TusNodeFarEnd.open(), onNth('OPTIONS', { 1: silent }));
  expect((await other.upload(other.make(5001))).file.state).toBe('uploaded');
});
