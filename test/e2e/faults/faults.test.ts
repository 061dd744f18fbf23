import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { ErrorCode } from '../../../src/errors/chatferry-error.js';
import type { ExitCode } from '../../../src/errors/exit-code.js';
import type { Fault, FaultAnswer } from '../../../src/simulator/server/network.js';
import type { TlObject } from '../../../src/simulator/tl/tl-object.js';
import { expectWhole, treeOf } from '../archive-check.js';
import { FERRY_USERNAME, FerryWorld } from '../ferry-world.js';
import { onParts, type PartRequest } from '../part-fault.js';
import { type RunEnd, type RunOptions, SimulatedExport } from '../simulated-export.js';

/** A fault that the run must get over by itself, or that costs single media and no more. */
interface Survived {
  readonly title: string;
  /** Made anew for the run. */
  readonly fault: () => Fault;
  /** Messages whose media are missing at the end: the run then ends with 4, else with 0. */
  readonly missing?: readonly number[];
  /** The code that they are listed with. */
  readonly code?: ErrorCode;
  readonly reason?: RegExp;
  readonly run?: RunOptions;
  readonly check?: (end: RunEnd) => void;
}

/** A fault that ends the run. */
interface Stopping {
  readonly title: string;
  readonly fault: () => Fault;
  readonly exitCode: ExitCode;
  readonly code: ErrorCode;
  readonly message: RegExp;
  readonly run?: RunOptions;
}

const ferry = new FerryWorld({ textCount: 110, photoEvery: 10, hasForeign: false });
const largeFile = ferry.documentId(ferry.largeId);
const loneFile = ferry.documentId(ferry.loneId);

let trip: SimulatedExport;
/** What a run without faults leaves. */
let untroubled: Readonly<Record<string, string>>;
let untroubledParts = 0;
let runNumber = 0;

beforeAll(async () => {
  trip = await SimulatedExport.start(ferry.world, `@${FERRY_USERNAME}`);
  untroubledParts = (await trip.run({ into: 'untroubled' })).partRequests;
  untroubled = await treeOf(trip.path('untroubled'));
});
afterAll(() => trip[Symbol.asyncDispose]());

const SURVIVED: readonly Survived[] = [
  {
    title: 'a flood wait on every page of the history, once',
    fault: () => eachOnce('messages.getHistory', ({ offset_id: id }) => id, { error: 'FLOOD_WAIT_1' }),
    check: ({ events }) => {
      const waits = events.filter(({ type }) => type === 'flood-wait');
      expect(waits.length).toBeGreaterThan(2);
      expect(waits[0]).toEqual({
        type: 'flood-wait',
        runId: expect.any(String) as string,
        method: 'messages.getHistory',
        waitMs: 1000,
      });
    },
  },
  {
    title: 'a flood wait on every fifth request for a part',
    fault: () => onParts(({ number }) => (number % 5 === 0 ? { error: 'FLOOD_WAIT_1' } : undefined)),
    check: ({ events }) => {
      expect(events.filter(({ type }) => type === 'flood-wait').length).toBeGreaterThan(3);
    },
  },
  {
    title: 'a premium flood wait',
    fault: () => onParts(({ number }) => (number === 4 ? { error: 'FLOOD_PREMIUM_WAIT_3' } : undefined)),
  },
  {
    title: 'a file reference that has expired, once for every file',
    fault: () => onParts(({ offset, trial }) => (offset === 0 && trial === 1 ? expired : undefined)),
  },
  {
    title: 'a file reference that expires in mid-file',
    fault: () =>
      onParts(({ id, offset, trial }) => (id === largeFile && offset > 0 && trial === 1 ? expired : undefined)),
  },
  ...(['FILE_REFERENCE_EMPTY', 'FILE_REFERENCE_INVALID', 'FILE_REFERENCE_0_EXPIRED'] as const).map((error) => ({
    title: `${error} on one file, once`,
    fault: () => onParts(({ id, trial }) => (id === loneFile && trial === 1 ? { error } : undefined)),
  })),
  {
    title: 'a file reference that is refused however often it is renewed',
    fault: () => always(loneFile, expired),
    missing: [ferry.loneId],
    code: 'FILE_REFERENCE_EXPIRED',
  },
  ...[5, 12, 25].map((nth) => ({
    title: `a connection that is dropped at every ${nth}th request`,
    fault: () => everyNth(nth, 'drop'),
    run: { env: { MAX_PARALLEL_MEDIA: nth < 12 ? '1' : '4' } },
    check: ({ partRequests }: RunEnd) => {
      expect(partRequests).toBeLessThan(3 * untroubledParts);
    },
  })),
  {
    title: 'a part that is never answered',
    fault: () => onParts(({ id, trial }) => (id === loneFile && trial === 1 ? 'silent' : undefined)),
    run: { client: { requestTimeoutMs: 700 } },
  },
  {
    title: 'a connection that falls silent',
    fault: () => silentConnection(),
    run: { client: { requestTimeoutMs: 700 } },
  },
  {
    title: 'a page that is never answered',
    fault: () => eachOnce('messages.getHistory', ({ offset_id: id }) => id === 1, 'silent'),
    run: { client: { requestTimeoutMs: 700 } },
  },
  {
    title: 'trouble inside the server, once for every part',
    fault: () => onParts(({ trial }) => (trial === 1 ? { error: 'INTERNAL', code: 500 } : undefined)),
  },
  {
    title: 'a timeout inside the server',
    fault: () => onParts(({ trial }) => (trial === 1 ? { error: 'Timeout', code: -503 } : undefined)),
  },
  {
    title: 'trouble inside the server that does not end for one file',
    fault: () => always(loneFile, { error: 'INTERNAL', code: 500 }),
    missing: [ferry.loneId],
    code: 'REMOTE_ERROR',
    reason: /INTERNAL/,
  },
  {
    title: 'an error that nobody knows',
    fault: () => always(loneFile, { error: 'SOMETHING_NEW_77' }),
    missing: [ferry.loneId],
    code: 'REMOTE_ERROR',
    reason: /SOMETHING_NEW_77/,
  },
  ...(['LOCATION_INVALID', 'FILE_ID_INVALID'] as const).map((error) => ({
    title: `${error} on one file`,
    fault: () => always(loneFile, { error }),
    missing: [ferry.loneId],
    code: 'MEDIA_UNAVAILABLE' as const,
    reason: new RegExp(error),
  })),
  ...(['LIMIT_INVALID', 'OFFSET_INVALID'] as const).map((error) => ({
    title: `${error} on one file`,
    fault: () => always(loneFile, { error }),
    missing: [ferry.loneId],
    code: 'REMOTE_ERROR' as const,
    reason: new RegExp(error),
  })),
  ...oddParts().map(([title, bytes]) => ({
    title: `${title}, once`,
    fault: () => onParts(({ id, offset, trial }) => (isOdd(id, offset) && trial === 1 ? part(bytes) : undefined)),
  })),
  ...oddParts().map(([title, bytes]) => ({
    title: `${title}, always`,
    fault: () => onParts(({ id, offset }) => (isOdd(id, offset) ? part(bytes) : undefined)),
    missing: [ferry.largeId],
    code: 'CONTENT_MISMATCH' as const,
    reason: /announced/,
  })),
];

const STOPPING: readonly Stopping[] = [
  {
    title: 'a flood wait beyond patience, for pages',
    fault: () => eachOnce('messages.getHistory', ({ offset_id: id }) => id, { error: 'FLOOD_WAIT_61' }),
    exitCode: 7,
    code: 'FLOOD_WAIT',
    message: /61 seconds for messages\.getHistory.*MAX_FLOOD_WAIT_SECONDS/s,
    run: { env: { MAX_FLOOD_WAIT_SECONDS: '60' } },
  },
  {
    title: 'a flood wait beyond patience, for parts',
    fault: () => onParts(({ number }) => (number === 12 ? { error: 'FLOOD_WAIT_61' } : undefined)),
    exitCode: 7,
    code: 'FLOOD_WAIT',
    message: /61 seconds for upload\.getFile/,
    run: { env: { MAX_FLOOD_WAIT_SECONDS: '60' } },
  },
  ...(['AUTH_KEY_UNREGISTERED', 'SESSION_REVOKED', 'USER_DEACTIVATED'] as const).map((error) => ({
    title: `${error} in mid-run`,
    fault: () => onParts(({ number }) => (number >= 12 ? { error } : undefined)),
    exitCode: 3 as const,
    code: 'LOGIN_REQUIRED' as const,
    message: /chatferry login/,
  })),
  ...(['CHANNEL_PRIVATE', 'CHAT_FORBIDDEN'] as const).map((error) => ({
    title: `${error} in mid-run`,
    fault: () => onSecondPage({ error }),
    exitCode: 7 as const,
    code: 'NO_ACCESS' as const,
    message: /may not read that chat/,
  })),
  {
    title: 'an error about a page that nobody knows',
    fault: () => onSecondPage({ error: 'SOMETHING_NEW_77' }),
    exitCode: 7,
    code: 'REMOTE_ERROR',
    message: /SOMETHING_NEW_77/,
  },
  {
    title: 'a Telegram that drops every connection from now on',
    fault: () => afterParts(10, 'drop'),
    exitCode: 7,
    code: 'UNREACHABLE',
    message: /connection to Telegram.* was lost/,
  },
];

describe('an export survives', () => {
  for (const { title, fault, missing = [], code, reason = /./, run, check } of SURVIVED) {
    it(title, async () => {
      const into = nextName();
      const end = await trip.run({ into, network: { fault: fault() }, ...run });
      expect(end.error).toBeUndefined();
      expect(end.exitCode).toBe(missing.length === 0 ? 0 : 4);
      const content = await expectWhole(trip.path(into), ferry, { missingIds: missing });
      for (const medium of content.missing) {
        expect(medium.code).toBe(code);
        expect(medium.reason).toMatch(reason);
      }
      expect(end.summary?.chats[0]?.missing).toEqual(content.missing);
      check?.(end);
      if (missing.length === 0) {
        expect(await treeOf(trip.path(into))).toEqual(untroubled);
        return;
      }
      expect(await trip.run({ into })).toMatchObject({ exitCode: 0, error: undefined });
      expect(await treeOf(trip.path(into))).toEqual(untroubled);
    });
  }
});

describe('a line that carries three answers and then is cut, again and again,', () => {
  it('costs time and no request its patience', async () => {
    const positions = new Map<number, number>();
    const cuts: NodeJS.Timeout[] = [];
    const fault: Fault = ({ method, connectionId }) => {
      if (method !== 'upload.getFile') return undefined;
      const position = (positions.get(connectionId) ?? 0) + 1;
      positions.set(connectionId, position);
      if (position === 1) cuts.push(setTimeout(() => trip.simulator.dropConnections(), 70));
      return { delayMs: 20 * position };
    };
    const end = await trip.run({ into: 'cut', network: { fault }, env: { MAX_PARALLEL_MEDIA: '16' } });
    for (const cut of cuts) clearTimeout(cut); // One that is still to come would cut the next test's line.
    expect(end).toMatchObject({ exitCode: 0, error: undefined });
    expect(positions.size).toBeGreaterThan(untroubledParts / 4);
    expect(await treeOf(trip.path('cut'))).toEqual(untroubled);
  });
});

describe('an export stops, says why, and goes on in the next run, after', () => {
  for (const { title, fault, exitCode, code, message, run } of STOPPING) {
    it(title, async () => {
      const into = nextName();
      const end = await trip.run({ into, network: { fault: fault() }, ...run });
      expect(end).toMatchObject({ exitCode, error: { code } });
      expect(String(end.error)).toMatch(message);

      const next = await trip.run({ into });
      expect(next).toMatchObject({ exitCode: 0, error: undefined });
      await expectWhole(trip.path(into), ferry);
      expect(await treeOf(trip.path(into))).toEqual(untroubled);
    });
  }
});

const expired: FaultAnswer = { error: 'FILE_REFERENCE_EXPIRED' };

function nextName(): string {
  runNumber += 1;
  return `run-${runNumber}`;
}

function always(file: bigint, answer: FaultAnswer): Fault {
  return onParts(({ id }) => (id === file ? answer : undefined));
}

function everyNth(nth: number, answer: FaultAnswer): Fault {
  let number = 0;
  return () => {
    number += 1;
    return number % nth === 0 ? answer : undefined;
  };
}

/** The connection that carries the first part carries no answer any more, from then on. */
function silentConnection(): Fault {
  let silentId: number | undefined;
  return ({ method, connectionId }) => {
    if (method === 'upload.getFile') silentId ??= connectionId;
    return connectionId === silentId ? 'silent' : undefined;
  };
}

/** The first request of each kind that `keyOf` tells apart. */
function eachOnce(method: string, keyOf: (params: TlObject) => unknown, answer: FaultAnswer): Fault {
  const seen = new Set<unknown>();
  return (request) => {
    if (request.method !== method || seen.has(keyOf(request.params))) return undefined;
    seen.add(keyOf(request.params));
    return answer;
  };
}

/** Every page of the history but the first, and but what only counts messages. */
function onSecondPage(answer: FaultAnswer): Fault {
  return ({ method, params }) =>
    method === 'messages.getHistory' && Number(params['offset_id']) > 1 ? answer : undefined;
}

/** Everything, once `count` parts were asked for. */
function afterParts(count: number, answer: FaultAnswer): Fault {
  let parts = 0;
  return ({ method }) => {
    if (method === 'upload.getFile') parts += 1;
    return parts > count ? answer : undefined;
  };
}

/** Where odd parts come: in the middle of the large file. */
function isOdd(id: PartRequest['id'], offset: number): boolean {
  return id === largeFile && offset > 0 && offset < 1_000_000;
}

function oddParts(): readonly (readonly [string, number])[] {
  return [
    ['a part that is too short', 1000],
    ['a part that is empty', 0],
    ['a part that is too long', 600_000],
  ];
}

function part(sizeBytes: number): FaultAnswer {
  const bytes = new Uint8Array(sizeBytes);
  return { answer: { _: 'upload.file', type: { _: 'storage.filePartial' }, mtime: 0, bytes } };
}
