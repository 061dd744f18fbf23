import type { WorldBuilder } from '../../../../src/simulator/world/world-builder.js';
import type { WorldPeer } from '../../../../src/simulator/world/world.js';
import { say } from '../simulated-telegram.js';

/** What may have become of the supergroup that a basic group became. */
export const TARGET_STATES: Readonly<Record<string, (world: WorldBuilder, target: WorldPeer) => void>> = {
  'is one of the account': () => undefined,
  'is one of the account, and its dialog is closed': (world, target) => {
    world.closeDialog(target);
  },
  'is public, and was left': (world, target) => {
    world.changeChat(target, { left: true, username: 'crew_in_public' });
    world.closeDialog(target);
  },
  'is public, was left, and is still in the list': (world, target) => {
    world.changeChat(target, { left: true, username: 'crew_in_public' });
  },
  'is private, and was left': (world, target) => {
    world.changeChat(target, { left: true });
    world.closeDialog(target);
  },
  'is private, was left, and is still in the list': (world, target) => {
    world.changeChat(target, { left: true });
  },
  // Deleted ones stay in the list: https://github.com/telegramdesktop/tdesktop/issues/16745
  'is forbidden or deleted, and still in the list': forbid,
  'is forbidden or deleted': (world, target) => {
    forbid(world, target);
    world.closeDialog(target);
  },
  'was never joined, and nothing is known of it': (world, target) => {
    world.closeDialog(target);
    world.chats.delete(target);
  },
};

/** Whether the server gives the messages of a target in this state. */
export function isReadable(state: string): boolean {
  return /^is (?:one of the account|public)/.test(state);
}

/** Whether the list of chats has a target in this state, and so no need of the old group. */
export function standsForOldGroup(state: string): boolean {
  return state === 'is one of the account';
}

/**
 * A basic group 55 "Crew" with two messages, which became the supergroup 9009 with one more; five with what tells so.
 *
 * @param state - One of {@link TARGET_STATES}.
 */
export function addMigratedCrew(world: WorldBuilder, state: string, newTitle = 'Crew'): void {
  const group = world.addBasicGroup(55n, 'Crew');
  say(world, group, 'old one');
  say(world, group, 'old two');
  const target = world.migrate(group, 9009n, { title: newTitle });
  say(world, target, 'new one');
  TARGET_STATES[state]?.(world, target);
}

function forbid(world: WorldBuilder, target: WorldPeer): void {
  const { id, title, access_hash: hash } = world.chats.get(target) ?? { _: '' };
  world.chats.set(target, {
    _: 'channelForbidden',
    megagroup: true,
    id: id ?? 0n,
    title: title ?? '',
    access_hash: hash ?? 0n,
  });
}
