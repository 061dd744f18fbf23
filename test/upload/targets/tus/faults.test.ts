import { expect, it } from 'vitest';

import { type HttpFault, type HttpFaults, onNth } from '../../servers/fault-proxy.js';
import { TusNodeFarEnd } from './far-ends.js';
import { PART_BYTES, TusStage } from './tus-stage.js';

const SIZE = 4 * PART_BYTES + 1000;

async function stageWith(faults: HttpFaults): Promise<TusStage<TusNodeFarEnd>> {
  return TusStage.open(await TusNodeFarEnd.open(), faults);
}

function status(code: number, headers: Record<string, string> = {}): HttpFault {
  return { answer: { status: code, headers } };
}

it.each([408, 409, 423, 425, 429, 460, 500, 502, 503, 504])(
  'goes on after status %d in the midst of a file, from the byte that the server names',
  async (code) => {
    await using stage = await stageWith(onNth('PATCH', { 2: status(code) }));
    const item = stage.make(SIZE);
    const { file, notes } = await stage.upload(item);
    expect(file).toMatchObject({ state: 'uploaded', confirmedBy: 'size' });
    expect((await stage.bytesOf(file))?.equals(item.content)).toBe(true);
    expect(notes).toContain('Trying again');
    expect(stage.methods().join(' ')).toBe('OPTIONS POST PATCH PATCH HEAD PATCH PATCH PATCH PATCH HEAD');
  },
);

it.each([1, 100, PART_BYTES - 1])('sends no byte again that arrived before a cut behind %d bytes', async (cutAt) => {
  await using stage = await stageWith(onNth('PATCH', { 2: { reset: cutAt }, 4: { reset: cutAt } }));
  const item = stage.make(SIZE);
  const { file, percentages } = await stage.upload(item);
  expect(file).toMatchObject({ state: 'uploaded' });
  expect((await stage.bytesOf(file))?.equals(item.content)).toBe(true);
  // What was announced is the file, and the rest of each of two parts once more.
  expect(stage.announcedBytes('PATCH')).toBeLessThanOrEqual(SIZE + 2 * PART_BYTES);
  const offsets = stage.proxy.requests.flatMap(({ headers, method }) =>
    method === 'PATCH' ? [headers['upload-offset']] : [],
  );
  expect(Number(offsets[2])).toBeGreaterThanOrEqual(PART_BYTES);
  expect(percentages).toEqual([...percentages].sort((a, b) => a - b));
});

it.each(['POST', 'PATCH', 'HEAD'])('goes on when the answer to a %s does not arrive', async (method) => {
  await using stage = await stageWith(onNth(method, { 1: { reset: 'after' }, 3: { reset: 'after' } }));
  const item = stage.make(SIZE);
  const { file } = await stage.upload(item);
  expect(file).toMatchObject({ state: 'uploaded' });
  expect((await stage.bytesOf(file))?.equals(item.content)).toBe(true);
  if (method === 'PATCH') expect(stage.announcedBytes('PATCH')).toBe(SIZE);
});

it.each([404, 410])('starts over in the same run, and says so, when the upload is gone with %d', async (code) => {
  await using stage = await stageWith(onNth('PATCH', { 3: status(code) }));
  const item = stage.make(SIZE);
  const { file, notes, percentages } = await stage.upload(item);
  expect(file).toMatchObject({ state: 'uploaded' });
  expect((await stage.bytesOf(file))?.equals(item.content)).toBe(true);
  expect(notes).toMatch(/^film\.mp4: tus\+http\S+ discarded the unfinished upload\. It starts over\.$/);
  expect(percentages).toEqual([...percentages].sort((a, b) => a - b));
  expect(await stage.farEnd.unfinishedCount()).toBe(0);
});

it('gives up on a server that gives up every upload', async () => {
  await using stage = await stageWith(({ method }) => (method === 'PATCH' ? status(410) : undefined));
  const { file } = await stage.upload(stage.make(SIZE));
  expect(file).toMatchObject({ state: 'failed', code: 'REMOTE_ERROR' });
  expect(stage.methods().filter((method) => method === 'POST')).toHaveLength(3);
});

it.each([
  ['less than it has', -5],
  ['more than it has', 5],
  ['nothing', NaN],
])('asks a server that says %s after a part, and goes on', async (_, shift) => {
  const lie: HttpFault = {
    turn: ({ headers, ...answer }) => {
      const { 'upload-offset': offset, ...others } = headers;
      const said = Number.isNaN(shift) ? {} : { 'upload-offset': String(Number(offset) + shift) };
      return { ...answer, headers: { ...others, ...said } };
    },
  };
  await using stage = await stageWith(onNth('PATCH', { 2: lie }));
  const item = stage.make(SIZE);
  const { file } = await stage.upload(item);
  expect(file).toMatchObject({ state: 'uploaded' });
  expect((await stage.bytesOf(file))?.equals(item.content)).toBe(true);
  expect(stage.announcedBytes('PATCH')).toBe(SIZE);
});

it('starts over when a server claims bytes that it was not sent', async () => {
  const claims: HttpFault = {
    turn: (answer) => ({ ...answer, headers: { ...answer.headers, 'upload-offset': '200000' } }),
  };
  await using stage = await stageWith(({ method, methodNumber }) =>
    method === 'PATCH' && methodNumber === 2
      ? { reset: 'before' }
      : method === 'HEAD' && methodNumber === 1
        ? claims
        : undefined,
  );
  const item = stage.make(SIZE);
  const { file, notes } = await stage.upload(item);
  expect(file).toMatchObject({ state: 'uploaded' });
  expect((await stage.bytesOf(file))?.equals(item.content)).toBe(true);
  expect(notes).toMatch(/claims to have 200000 bytes, but was sent at most 131072\. It starts over/);
});

it('starts over when a server claims more than the session of a killed run can have sent', async () => {
  const claims: HttpFault = {
    turn: (answer) => ({ ...answer, headers: { ...answer.headers, 'upload-offset': '200000' } }),
  };
  let isSecondRun = false;
  await using stage = await stageWith(({ method, methodNumber }) => {
    if (!isSecondRun) return method === 'PATCH' && methodNumber === 2 ? status(503) : undefined;
    return method === 'HEAD' && methodNumber === 1 ? claims : undefined;
  });
  const item = stage.make(SIZE);
  expect((await stage.upload(item, { maxRetries: 0 })).file.state).toBe('failed');
  isSecondRun = true;
  const { file, notes } = await stage.upload(item);
  expect((await stage.bytesOf(file))?.equals(item.content)).toBe(true);
  expect(notes).toMatch(/claims to have 200000 bytes, but was sent at most 131072\. It starts over/);
});

it('sends again what a server has lost, and does so three times at most', async () => {
  let losses = 0;
  const lost: HttpFault = { turn: (answer) => ({ ...answer, headers: { ...answer.headers, 'upload-offset': '0' } }) };
  await using stage = await stageWith(({ method, headers }) => {
    if (method === 'PATCH' && headers['upload-offset'] === String(PART_BYTES)) return status(503);
    if (method === 'PATCH') return { answer: { status: 204, headers: { 'upload-offset': String(PART_BYTES) } } };
    if (method !== 'HEAD') return undefined;
    losses += 1;
    return lost;
  });
  const { file } = await stage.upload(stage.make(SIZE));
  expect(file).toMatchObject({ state: 'failed', code: 'REMOTE_ERROR' });
  expect(file.state === 'failed' ? file.reason : '').toContain('again and again');
  expect(losses).toBe(4);
});

it.each<readonly [string, HttpFaults]>([
  ['creates without an address', onNth('POST', { 1: { answer: { status: 201, headers: {} } } })],
  ['answers a page for a creation', onNth('POST', { 1: { answer: { status: 200, body: '<html>Log in</html>' } } })],
  ['answers a page for a part', onNth('PATCH', { 1: { answer: { status: 200, body: '<html>Log in</html>' } } })],
  ['answers a page when asked what it has', onNth('HEAD', { 1: { answer: { status: 200, headers: {} } } })],
])('does not believe a server that %s', async (_, faults) => {
  await using stage = await stageWith(faults);
  const item = stage.make(SIZE);
  const { file, notes } = await stage.upload(item);
  expect(notes).toContain('Trying again');
  expect((await stage.bytesOf(file))?.equals(item.content)).toBe(true);
});

it('fails a file that the server says to have in another size, although it took every part', async () => {
  const short: HttpFault = { turn: (answer) => ({ ...answer, headers: { ...answer.headers, 'upload-length': '7' } }) };
  await using stage = await stageWith(({ method }) => (method === 'HEAD' ? short : undefined));
  const { file } = await stage.upload(stage.make(SIZE));
  expect(file).toMatchObject({ state: 'failed', code: 'CONTENT_MISMATCH' });
});

it.each<readonly [string, HttpFaults, RegExp]>([
  ['412', onNth('POST', { 1: status(412, { 'tus-version': '0.2.2' }) }), /does not speak tus 1\.0\.0 but 0\.2\.2/],
  ['413 for the file', onNth('POST', { 1: status(413) }), /answered 413 when asked to begin the upload of film\.mp4/],
  ['413 for a part', onNth('PATCH', { 1: status(413) }), /65536 bytes at once.*smaller UPLOAD_CHUNK_SIZE/],
  ['403', onNth('POST', { 1: status(403) }), /answered 403.*Check the key in TUS_TOKEN/],
  [
    'a redirect',
    onNth('POST', { 1: status(307, { location: 'http://10.0.0.1/x' }) }),
    /sends on to http:\/\/10\.0\.0\.1\/x/,
  ],
])('refuses a file for good with a reason after %s, and asks once', async (_, faults, reason) => {
  await using stage = await stageWith(faults);
  const { file } = await stage.upload(stage.make(SIZE));
  expect(file).toMatchObject({ state: 'failed', code: 'STORE_REFUSED' });
  expect(file.state === 'failed' ? file.reason : '').toMatch(reason);
  expect(stage.proxy.faultCount).toBe(1);
});
