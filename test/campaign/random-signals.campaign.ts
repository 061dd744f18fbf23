import { expect, it } from 'vitest';

import { SeededRandom } from '../../src/simulator/world/seeded-random.js';
import { SIGNALLED_COMMANDS, SignalStage, whyBroken } from '../cli/signals/random-signals.js';
import { runChatferry } from '../cli/run-chatferry.js';

const TRIES = Number(process.env['CAMPAIGN_TRIES'] ?? 40);

it('signals at many moments end every command within two seconds, and the archive is whole afterwards', async () => {
  await using stage = await SignalStage.start();
  const seed = Number(process.env['CAMPAIGN_SEED'] ?? Date.now() % 1_000_000);
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  say(`seed ${seed} (CAMPAIGN_SEED repeats it)`);
  const broken: string[] = [];
  for (const command of SIGNALLED_COMMANDS) {
    const endCounts = new Map<string, number>();
    let slowestMs = 0;
    for await (const end of stage.signals(command, TRIES, new SeededRandom(seed))) {
      const name = end.endSignal ?? String(end.code);
      endCounts.set(name, (endCounts.get(name) ?? 0) + 1);
      slowestMs = Math.max(slowestMs, end.elapsedMs, end.childrenMs);
      const why = whyBroken(command, end);
      if (why !== undefined) broken.push(`${command.args.join(' ')}: ${why}: ${JSON.stringify(end)}`);
    }
    const ends = [...endCounts].map(([name, count]) => `${count} × ${name}`).join(', ');
    say(`${command.args[0] ?? ''}: ${ends}; at most ${Math.round(slowestMs)} ms`);
  }
  expect(broken).toEqual([]);
  stage.hurry();
  const options = { cwd: stage.cwd, env: stage.env };
  expect(await runChatferry(['export', '@crew', '--out', 'archive'], options)).toMatchObject({ code: 0 });
  expect(await runChatferry(['verify', '--out', 'archive'], options)).toMatchObject({ code: 0 });
});
