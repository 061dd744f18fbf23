import type { WorldPeer } from '../world/world.js';
import type { WorldBuilder } from '../world/world-builder.js';
import { BOT_CUES } from './cues/bot-cues.js';
import { CONTENT_CUES } from './cues/content-cues.js';
import { DOCUMENT_CUES } from './cues/document-cues.js';
import { MEDIA_CUES } from './cues/media-cues.js';
import { SERVICE_CUES } from './cues/service-cues.js';
import { TEXT_CUES } from './cues/text-cues.js';
import type { Stage } from './stage.js';
import { playStory } from './story-script.js';
import { APRIL } from './story/april.js';
import { MARCH } from './story/march.js';
import { SUMMER } from './story/summer.js';

/** Without `@`. */
export const MAIN_CHAT_USERNAME = 'harbour_crew';
const CHANNEL_ID = 1_800_000_001n;
const MEMBER_COUNT = 12;

/** Adds the supergroup that the demo exports. */
export function addMainChat(world: WorldBuilder): WorldPeer {
  const peer = world.addChannel(CHANNEL_ID, 'Harbour Crew', {
    megagroup: true,
    username: MAIN_CHAT_USERNAME,
    date: Date.UTC(2025, 2, 1) / 1000,
    participants_count: MEMBER_COUNT,
  });
  world.setFullChat(peer, {
    _: 'channelFull',
    can_view_participants: true,
    id: CHANNEL_ID,
    about: 'Eleven people, one boat, too much bread.',
    participants_count: MEMBER_COUNT,
    read_inbox_max_id: 0,
    read_outbox_max_id: 0,
    unread_count: 0,
    chat_photo: { _: 'photoEmpty', id: 0n },
    notify_settings: { _: 'peerNotifySettings' },
    bot_info: [],
    pts: 1,
  });
  return peer;
}

/** Adds all its messages, from March to July 2025. */
export function playMainChat(stage: Stage): void {
  const cues = { ...TEXT_CUES, ...CONTENT_CUES, ...MEDIA_CUES, ...DOCUMENT_CUES, ...BOT_CUES, ...SERVICE_CUES };
  for (const story of [MARCH, APRIL, SUMMER]) playStory(stage, story, cues);
}
