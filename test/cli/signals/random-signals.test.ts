import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { SeededRandom } from '../../../src/simulator/world/seeded-random.js';
import { SIGNALLED_COMMANDS, SignalStage, whyBroken } from './random-signals.js';
import { runChatferry } from '../run-chatferry.js';

const TRIES = 3;

let stage: SignalStage;

beforeAll(async () => {
  stage = await SignalStage.start();
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

describe.skipIf(process.platform === 'win32')('a signal at any moment', () => {
  it.each(SIGNALLED_COMMANDS.map((command, seed) => ({ name: command.args[0] ?? '', command, seed })))(
    'ends $name in time, with 6 or as the system ends programs, and leaves no child',
    async ({ command, seed }) => {
      for await (const end of stage.signals(command, TRIES, new SeededRandom(seed))) {
        expect(whyBroken(command, end), JSON.stringify(end)).toBeUndefined();
      }
    },
  );

  it('leaves an archive that the next export completes, and that is sound', async () => {
    stage.hurry();
    const { cwd, env } = stage;
    expect(await runChatferry(['export', '@crew', '--out', 'archive'], { cwd, env })).toMatchObject({ code: 0 });
    expect(await runChatferry(['verify', '--out', 'archive', '--json'], { cwd, env })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('"messageCount":13000') as string,
    });
  });
});
