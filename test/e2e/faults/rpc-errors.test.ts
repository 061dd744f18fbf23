import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { ErrorCode } from '../../../src/errors/chatferry-error.js';
import type { ExitCode } from '../../../src/errors/exit-code.js';
import type { Fault } from '../../../src/simulator/server/network.js';
import { expectWhole, readArchive, treeOf } from '../archive-check.js';
import { FERRY_USERNAME, FerryWorld } from '../ferry-world.js';
import { SimulatedExport } from '../simulated-export.js';

/** What an error answer to one call makes of the run. */
interface Judgement {
  readonly errors: readonly string[];
  readonly exitCode: ExitCode;
  /** Of the medium that is missing, or of the error that ended the run. */
  readonly code?: ErrorCode;
}

/** One answer of `upload.getFile`: waited for, renewed or asked again; the medium listed; or the run ended. */
const OF_PARTS: readonly Judgement[] = [
  {
    errors: [
      'FLOOD_WAIT_2',
      'FLOOD_PREMIUM_WAIT_2',
      'FILE_REFERENCE_EXPIRED',
      'FILE_REFERENCE_EMPTY',
      'FILE_REFERENCE_INVALID',
      'TIMEOUT',
      'INTERNAL',
    ],
    exitCode: 0,
  },
  { errors: ['LOCATION_INVALID', 'FILE_ID_INVALID'], exitCode: 4, code: 'MEDIA_UNAVAILABLE' },
  { errors: ['CHANNEL_PRIVATE', 'CHAT_FORBIDDEN'], exitCode: 4, code: 'NO_ACCESS' },
  {
    errors: ['MSG_ID_INVALID', 'LIMIT_INVALID', 'OFFSET_INVALID', 'SOMETHING_NEW_77'],
    exitCode: 4,
    code: 'REMOTE_ERROR',
  },
  { errors: ['AUTH_KEY_UNREGISTERED', 'SESSION_REVOKED'], exitCode: 3, code: 'LOGIN_REQUIRED' },
];

/** One answer of `messages.getHistory`: a page that is missing leaves nothing to go on with, so the run ends. */
const OF_PAGES: readonly Judgement[] = [
  { errors: ['FLOOD_WAIT_2', 'TAKEOUT_INIT_DELAY_2', 'TIMEOUT', 'INTERNAL'], exitCode: 0 },
  { errors: ['CHANNEL_PRIVATE', 'CHAT_FORBIDDEN'], exitCode: 7, code: 'NO_ACCESS' },
  {
    errors: ['MSG_ID_INVALID', 'LIMIT_INVALID', 'OFFSET_INVALID', 'SOMETHING_NEW_77'],
    exitCode: 7,
    code: 'REMOTE_ERROR',
  },
  { errors: ['AUTH_KEY_UNREGISTERED', 'SESSION_REVOKED'], exitCode: 3, code: 'LOGIN_REQUIRED' },
];

const ferry = new FerryWorld({ textCount: 220, photoEvery: 60, hasForeign: false });
const METHODS = { 'upload.getFile': OF_PARTS, 'messages.getHistory': OF_PAGES } as const;
type Method = keyof typeof METHODS;

let trip: SimulatedExport;
let untroubled: Readonly<Record<string, string>>;
const callCounts: Record<Method, number> = { 'upload.getFile': 0, 'messages.getHistory': 0 };
let runNumber = 0;

beforeAll(async () => {
  trip = await SimulatedExport.start(ferry.world, `@${FERRY_USERNAME}`);
  const count: Fault = ({ method }) => {
    if (method in callCounts) callCounts[method as Method] += 1;
    return undefined;
  };
  await trip.run({ into: 'untroubled', network: { fault: count } });
  untroubled = await treeOf(trip.path('untroubled'));
});
afterAll(() => trip[Symbol.asyncDispose]());

const PLACES = ['first', 'middle', 'last'] as const;

/** The nth call of a method in an untroubled run. */
function numberOf(method: Method, place: (typeof PLACES)[number]): number {
  const last = callCounts[method];
  return { first: 1, middle: Math.ceil(last / 2), last }[place];
}

function onCalls(method: Method, isAnswered: (number: number) => boolean, error: string): Fault {
  let number = 0;
  return (request) => {
    if (request.method !== method) return undefined;
    number += 1;
    return isAnswered(number) ? { error } : undefined;
  };
}

const CASES = (Object.keys(METHODS) as Method[]).flatMap((method) =>
  METHODS[method].flatMap(({ errors, ...judgement }) =>
    errors.flatMap((error) => PLACES.map((place) => ({ method, error, place, ...judgement }))),
  ),
);

describe('one answer that is an error', () => {
  it.each(CASES)(
    '$error to the $place $method ends with $exitCode, and the next run has everything',
    async (wanted) => {
      const { method, error, place, exitCode, code } = wanted;
      runNumber += 1;
      const into = `once-${runNumber}`;
      const nth = numberOf(method, place);
      const end = await trip.run({ into, network: { fault: onCalls(method, (number) => number === nth, error) } });
      expect(end.exitCode).toBe(exitCode);
      if (exitCode === 4) expect(end.summary?.chats[0]?.missing).toMatchObject([{ code }]);
      else if (exitCode !== 0) expect(end.error).toMatchObject({ code });
      if (exitCode !== 0) expect(await trip.run({ into })).toMatchObject({ exitCode: 0, error: undefined });
      await expectWhole(trip.path(into), ferry);
      expect(await treeOf(trip.path(into))).toEqual(untroubled);
    },
  );
});

/** From the middle of the run on, for ever. */
const ALWAYS = [
  ['upload.getFile', 'FLOOD_WAIT_2', 7, 'FLOOD_WAIT'],
  ['upload.getFile', 'FILE_REFERENCE_EXPIRED', 4, 'FILE_REFERENCE_EXPIRED'],
  ['upload.getFile', 'FILE_REFERENCE_EMPTY', 4, 'FILE_REFERENCE_EXPIRED'],
  ['upload.getFile', 'TIMEOUT', 4, 'REMOTE_ERROR'],
  ['upload.getFile', 'INTERNAL', 4, 'REMOTE_ERROR'],
  ['upload.getFile', 'FILE_MIGRATE_2', 4, 'REMOTE_ERROR'],
  ['upload.getFile', 'LOCATION_INVALID', 4, 'MEDIA_UNAVAILABLE'],
  ['upload.getFile', 'CHANNEL_PRIVATE', 4, 'NO_ACCESS'],
  ['upload.getFile', 'SOMETHING_NEW_77', 4, 'REMOTE_ERROR'],
  ['upload.getFile', 'SESSION_REVOKED', 3, 'LOGIN_REQUIRED'],
  ['messages.getHistory', 'FLOOD_WAIT_2', 7, 'FLOOD_WAIT'],
  ['messages.getHistory', 'TIMEOUT', 7, 'REMOTE_ERROR'],
  ['messages.getHistory', 'CHAT_FORBIDDEN', 7, 'NO_ACCESS'],
] as const;

describe('an error that does not end', () => {
  it.each(ALWAYS)(
    '%s %s: the run does, with %i and %s, and all before it stays',
    async (method, error, exitCode, code) => {
      runNumber += 1;
      const into = `always-${runNumber}`;
      const nth = numberOf(method, 'middle');
      const env = { MAX_FLOOD_WAIT_SECONDS: '60' };
      const end = await trip.run({ into, env, network: { fault: onCalls(method, (number) => number >= nth, error) } });
      expect(end.exitCode).toBe(exitCode);
      const { records, missing } = await readArchive(trip.path(into));
      if (exitCode === 4) {
        expect(records).toHaveLength(ferry.messageIds.length);
        expect(new Set(missing.map((medium) => medium.code))).toEqual(new Set([code]));
      } else {
        expect(end.error).toMatchObject({ code });
        expect(missing).toEqual([]);
      }
      expect(await trip.run({ into })).toMatchObject({ exitCode: 0, error: undefined });
      expect(await treeOf(trip.path(into))).toEqual(untroubled);
    },
  );
});
