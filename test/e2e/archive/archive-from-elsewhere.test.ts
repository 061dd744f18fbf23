import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';

import { ExitCode } from '../../../src/errors/exit-code.js';
import { execute } from '../../archive/checks/hostile-archive.js';
import { FERRY_USERNAME, FerryWorld } from '../ferry-world.js';
import { SimulatedExport } from '../simulated-export.js';

const ferry = new FerryWorld({ textCount: 4, hasForeign: false });
let trip: SimulatedExport;
beforeAll(async () => {
  trip = await SimulatedExport.start(ferry.world, `@${FERRY_USERNAME}`);
  await trip.run({ into: 'sound' });
});
afterAll(() => trip[Symbol.asyncDispose]());

async function exportInto(sql: string) {
  await cp(trip.path('sound'), trip.path('changed'), { recursive: true, force: true });
  execute(join(trip.path('changed'), 'archive.db'), sql);
  return trip.run({ into: 'changed' });
}

describe('an export into an archive that somebody has changed', () => {
  it.each([
    ['UPDATE chat_accounts SET cursor = 2147483648', /chat_accounts\.cursor is not a message id/],
    ['UPDATE chat_accounts SET cursor = 9007199254740991', /chat_accounts\.cursor is not a message id/],
    [
      "UPDATE chats SET id = 'account7001/user7002'",
      /chats\.folder is "ferry-crew-channel8001": it is not named after/,
    ],
  ])('ends with 5 and names the place: %s', async (sql, named) => {
    const { exitCode, error } = await exportInto(sql);
    expect(exitCode).toBe(ExitCode.archiveDamaged);
    expect(error).toMatchObject({ code: 'ARCHIVE_DAMAGED', message: expect.stringMatching(named) as string });
  });

  it('asks for nothing that a request has no room for behind the highest id of all', async () => {
    const { exitCode, error } = await exportInto('UPDATE chat_accounts SET cursor = 2147483647');
    expect({ exitCode, error }).toEqual({ exitCode: ExitCode.complete, error: undefined });
  });
});
