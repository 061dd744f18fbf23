import { describe, expect, it } from 'vitest';

import { ChatferryError } from '../../../../../src/errors/chatferry-error.js';
import type { AttemptOutcome } from '../../../../../src/source/telegram/wire/calls/call-attempt.js';
import { reportTrouble } from '../../../../../src/source/telegram/wire/calls/report-trouble.js';
import type { CallTrouble } from '../../../../../src/source/telegram/wire/connections/media-connections.js';
import { ANSWERED, failed, HELD_BACK, lost, refusal, scripted } from './scripted-attempt.js';

async function reports(outcome: AttemptOutcome<string>): Promise<readonly CallTrouble[]> {
  const told: CallTrouble[] = [];
  expect(await reportTrouble(scripted(outcome), (trouble) => void told.push(trouble))()).toBe(outcome);
  return told;
}

describe('trouble with the connection', () => {
  it.each<[string, unknown, CallTrouble]>([
    ['a pause', refusal('FLOOD_PREMIUM_WAIT_7', 420), { kind: 'flood-wait', waitMs: 7000 }],
    ['a late answer', new ChatferryError('TIMEOUT', 'No answer.'), { kind: 'timeout' }],
    ['a lost connection', lost(), { kind: 'lost' }],
    ['trouble of the server', refusal('INTERNAL', 500), { kind: 'server' }],
  ])('is reported for %s', async (_, error, trouble) => {
    expect(await reports(failed(error))).toEqual([trouble]);
  });

  it.each([
    ['an answer', ANSWERED],
    ['a request that was held back', HELD_BACK],
    ['a refusal', failed(refusal('CHANNEL_PRIVATE'))],
  ])('is none for %s', async (_, outcome) => {
    expect(await reports(outcome)).toEqual([]);
  });
});
