import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';

import { createSyntheticWorld } from '../../src/simulator/world/synthetic-world.js';
import { mtcuteClient } from '../simulator/mtcute-client.js';
import { firstLine, startProgram } from './program.js';

interface Announcement {
  readonly dcs: readonly { readonly id: number; readonly host: string; readonly port: number }[];
  readonly publicKeyFile: string;
  readonly phone: string;
  readonly code: string;
  readonly password: string;
}

describe('chatferry simulate', () => {
  it('tells any MTProto client in one line how to log in, and serves it until its stdin closes', async () => {
    const args = ['simulate', '--json', '--exit-with-stdin', '--world', 'lively', '--messages', '60', '--seed', '3'];
    const child = startProgram(args);
    const exit = once(child, 'close');
    onTestFinished(() => void child.kill('SIGKILL'));
    const announcement = JSON.parse(await firstLine(child)) as Announcement;
    expect(announcement).toMatchObject({ phone: '99966771001', code: '12345', password: '' });
    expect(announcement.dcs.map(({ id }) => id)).toEqual([2, 4]);

    const { dcs, publicKeyFile, phone, code } = announcement;
    const client = await mtcuteClient({ dcs, publicKeyPem: readFileSync(publicKeyFile, 'utf8') });
    onTestFinished(() => client.destroy());
    await client.start({ phone: `+${phone}`, code: () => code, codeSentCallback: () => undefined });

    // The same seed makes the same world here: what the server must have.
    const world = createSyntheticWorld({ messageCount: 60, seed: 3, mix: 'lively' });
    const expected = new Map([...world.files()].map((file) => [file.messageId, file.sha256()]));
    const ids: number[] = [];
    const hashes = new Map<number, string>();
    for await (const { id, media } of client.iterHistory(world.username)) {
      ids.push(id);
      if (media?.type !== 'photo' && media?.type !== 'document' && media?.type !== 'video') continue;
      hashes.set(
        id,
        createHash('sha256')
          .update(await client.downloadAsBuffer(media))
          .digest('hex'),
      );
    }
    expect(ids.reverse()).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
    expect(new Map([...hashes].sort(([one], [other]) => one - other))).toEqual(expected);

    child.stdin.end();
    expect(await exit).toEqual([0, null]);
    expect(existsSync(publicKeyFile)).toBe(false);
  });
});
