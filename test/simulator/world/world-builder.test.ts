import { test } from '@fast-check/vitest';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { WorldBuilder } from '../../../src/simulator/world/world-builder.js';
import type { WorldPeer } from '../../../src/simulator/world/world.js';
import { memoryFile } from '../../../src/simulator/world/world-file.js';

const ME = 10n;

function newWorld(): WorldBuilder {
  const world = new WorldBuilder({ seed: 5 });
  world.addAccount({ userId: ME, phone: '99966', code: '11111' });
  world.addUser(ME, { self: true, first_name: 'Me' });
  return world;
}

describe('a world under construction', () => {
  it('assigns one sequence of ids for private chats and groups, and one for each channel', () => {
    const world = newWorld();
    const friend = world.addUser(11n);
    const group = world.addBasicGroup(1n, 'Group');
    const channel = world.addChannel(2n, 'Channel', { megagroup: true });
    expect([world.post(friend, {}), world.post(group, {}), world.post(friend, {})]).toEqual([1, 2, 3]);
    expect([world.post(channel, {}), world.post(channel, {})]).toEqual([1, 2]);
    world.skipIds(channel, 3);
    expect(world.post(channel, {})).toBe(6);
  });

  it('never reuses a deleted id', () => {
    const world = newWorld();
    const channel = world.addChannel(2n, 'Channel');
    world.post(channel, {});
    const id = world.post(channel, {});
    expect(world.delete(channel, [id, 99])).toBe(1);
    expect(world.post(channel, {})).toBe(id + 1);
  });

  it('replaces an edited message and leaves the old object as it was', () => {
    const world = newWorld();
    const channel = world.addChannel(2n, 'Channel');
    const id = world.post(channel, { message: 'before' });
    const before = world.message(channel, id);
    world.edit(channel, id, { message: 'after', edit_date: 5 });
    expect(before?.['message']).toBe('before');
    expect(world.message(channel, id)).toMatchObject({ _: 'message', id, message: 'after', edit_date: 5 });
    expect(() => {
      world.edit(channel, 99, {});
    }).toThrow('99');
  });

  it('keeps the mailboxes of two accounts apart', () => {
    const world = newWorld();
    world.addAccount({ userId: 20n, botToken: '20:x' });
    const me = world.addUser(ME);
    world.addUser(20n, { bot: true });
    world.post('user:20', { message: 'mine' });
    world.post(me, { message: 'the bot has it too' }, { owner: 20n });
    expect(world.history(ME, 'user:20')?.length).toBe(1);
    expect(world.history(20n, 'user:20')?.length).toBe(0);
    expect(world.history(20n, me)?.at(0)['id']).toBe(1);
    expect(world.history(ME, 'user:404')).toBeUndefined();
  });

  it('lists chats by their newest message, empty ones last', () => {
    const world = newWorld();
    const empty = world.addBasicGroup(9n, 'Empty');
    const old = world.addChannel(1n, 'Old');
    const fresh = world.addChannel(2n, 'Fresh');
    world.post(old, { date: 100 });
    world.post(fresh, { date: 200 });
    expect(world.dialogs(ME)).toEqual([fresh, old, empty]);
    world.post(old, { date: 300 });
    expect(world.dialogs(ME)).toEqual([old, fresh, empty]);
  });

  it('serves equal bytes under different ids', () => {
    const world = newWorld();
    const file = memoryFile(Buffer.from('same'));
    const spec = { file, mimeType: 'text/plain', attributes: [] };
    const ids = [world.addDocument(spec), world.addDocument(spec)].map((document) => document['id'] as bigint);
    expect(ids[0]).not.toBe(ids[1]);
    for (const id of ids) expect(world.file('document', id)?.read(0, 10)).toEqual(file.read(0, 10));
    const photo = world.addPhoto({ sizes: [{ type: 'm', width: 1, height: 1, file }] });
    expect(world.file('photo', photo['id'] as bigint, 'm')).toBe(file);
    expect(world.file('photo', photo['id'] as bigint, 'x')).toBeUndefined();
    expect(world.object('photo', photo['id'] as bigint)).toBe(photo);
  });

  it('makes the same ids and hashes from the same seed', () => {
    const made = [newWorld(), newWorld()].map((world) =>
      world.addDocument({ file: memoryFile(new Uint8Array(0)), mimeType: 'a/b', attributes: [] }),
    );
    expect(made[0]).toEqual(made[1]);
  });

  test.prop([fc.array(fc.oneof(fc.constant('post' as const), fc.integer({ min: 1, max: 40 })), { maxLength: 80 })])(
    'finds messages by id as a plain search would',
    (steps) => {
      const world = newWorld();
      const channel = world.addChannel(2n, 'Channel');
      const ids: number[] = [];
      for (const step of steps) {
        if (step === 'post') ids.push(world.post(channel, {}));
        else if (world.delete(channel, [step]) === 1) ids.splice(ids.indexOf(step), 1);
      }
      const history = world.history(ME, channel);
      expect(Array.from({ length: history?.length ?? 0 }, (_, index) => history?.at(index)['id'])).toEqual(ids);
      for (let id = 0; id <= 82; id += 1) {
        const expected = ids.findIndex((known) => known >= id);
        expect(history?.indexOf(id)).toBe(expected === -1 ? ids.length : expected);
      }
    },
  );
});

describe('a world with several accounts', () => {
  function worldOfTwo(): WorldBuilder {
    const world = new WorldBuilder();
    for (const userId of [1n, 2n]) {
      world.addAccount({ userId });
      world.addUser(userId);
    }
    return world;
  }
  const seen = (world: WorldBuilder, owner: bigint, peer: WorldPeer): readonly (readonly unknown[])[] => {
    const history = world.history(owner, peer);
    return Array.from({ length: history?.length ?? 0 }, (_, index) => history?.at(index)).map((message) => [
      message?.['id'],
      message?.['message'],
      message?.['out'] === true,
    ]);
  };

  it('delivers a private message to both, each with the next id of their own mailbox, at the same time', () => {
    const world = worldOfTwo();
    world.skipIds('user:2', 10, { owner: 1n });
    const ids = world.deliver('user:2', { message: 'hello' }, { sender: 1n });
    expect(Object.fromEntries(ids)).toEqual({ 1: 11, 2: 1 });
    expect(seen(world, 1n, 'user:2')).toEqual([[11, 'hello', true]]);
    expect(seen(world, 2n, 'user:1')).toEqual([[1, 'hello', false]]);
    expect(world.history(1n, 'user:2')?.at(0)['date']).toBe(world.history(2n, 'user:1')?.at(0)['date']);
  });

  it('delivers a message of a basic group to all accounts that list it', () => {
    const world = worldOfTwo();
    const group = world.addBasicGroup(5n, 'Five');
    world.deliver(group, { message: 'one' }, { sender: 1n });
    world.openDialog(group, 2n);
    world.deliver(group, { message: 'two' }, { sender: 2n });
    expect(seen(world, 1n, group).map(([, text]) => text)).toEqual(['one', 'two']);
    expect(seen(world, 2n, group)).toEqual([[1, 'two', true]]);
  });

  it('shows a channel from a given message on, even if that message was deleted', () => {
    const world = worldOfTwo();
    const channel = world.addChannel(6n, 'Six');
    for (let post = 1; post <= 4; post += 1) world.post(channel, { message: `post ${post}` });
    world.hideBefore(channel, 3, { owner: 2n });
    world.delete(channel, [3]);
    const shown = world.history(2n, channel);
    expect([shown?.length, shown?.indexOf(1), shown?.indexOf(4), shown?.indexOf(9)]).toEqual([1, 0, 0, 1]);
    expect(() => shown?.at(-1)).toThrow(RangeError);
    expect(world.history(1n, channel)?.length).toBe(3);
    world.hideBefore(channel, 0, { owner: 2n });
    expect(world.history(2n, channel)?.length).toBe(3);
  });
});
