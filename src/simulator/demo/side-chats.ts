import type { WorldBuilder } from '../world/world-builder.js';
import type { Attachments } from './attachment.js';
import { addBotChats } from './chats/bot-chats.js';
import { addBroadcastChannel, addForbiddenChannel } from './chats/broadcast-channel.js';
import { addForum } from './chats/forum.js';
import { addGroups } from './chats/groups.js';
import { addPrivateChats } from './chats/private-chats.js';
import type { MediaLibrary } from './media-library.js';
import { Stage, type OpenStage } from './stage.js';

export interface SideChatOptions {
  readonly world: WorldBuilder;
  readonly media: MediaLibrary;
  readonly seed: number;
  readonly attachments: Attachments;
  readonly smaller: boolean;
}

/** Adds all chats except the main one: one of each kind in Telegram, and the special cases. */
export function addSideChats({ world, media, seed, attachments, smaller }: SideChatOptions): void {
  let count = 0;
  const open: OpenStage = (peer, ownerId) => {
    count += 1;
    const owner = ownerId === undefined ? {} : { ownerId };
    return new Stage({ world, media, peer, seed: seed + count, attachments, smaller, ...owner });
  };
  addPrivateChats(world, open);
  addBotChats(open);
  addGroups(world, open);
  addForum(world, open);
  addBroadcastChannel(world, open);
  addForbiddenChannel(world);
}
