import { tlPeer } from '../../world/world-peer.js';
import type { TlObject } from '../../tl/tl-object.js';
import type { WorldBuilder } from '../../world/world-builder.js';
import { personId } from '../people.js';
import type { OpenStage } from '../stage.js';
import { playStory } from '../story-script.js';

const OLD_GROUP_ID = 480_000_001n;
const NEW_GROUP_ID = 1_800_000_002n;

/** A basic group, an empty one, and one that became a supergroup. */
export function addGroups(world: WorldBuilder, open: OpenStage): void {
  const flat = world.addBasicGroup(480_000_002n, 'Flat 4B', { participants_count: 3, creator: true });
  playStory(open(flat), FLAT, {
    moves(stage) {
      stage.did('mira', {
        _: 'messageActionChatCreate',
        title: 'Flat 4B',
        users: ['mira', 'priya', 'olena'].map(personId),
      });
      stage.did('olena', { _: 'messageActionChatDeleteUser', user_id: personId('olena') });
      stage.did('mira', { _: 'messageActionChatAddUser', users: [personId('olena')] });
    },
  });

  world.addBasicGroup(480_000_003n, 'Autumn trip?', { participants_count: 4 });
  addRowingClub(world, open);
}

function addRowingClub(world: WorldBuilder, open: OpenStage): void {
  const hash = 4_802n;
  const old = world.addBasicGroup(OLD_GROUP_ID, 'Rowing Club', {
    deactivated: true,
    participants_count: 0,
    migrated_to: { _: 'inputChannel', channel_id: NEW_GROUP_ID, access_hash: hash },
  });
  const oldStage = open(old);
  playStory(oldStage, ROWING_BEFORE, {
    founded(stage) {
      stage.did('jonas', {
        _: 'messageActionChatCreate',
        title: 'Rowing',
        users: ['jonas', 'mira', 'sam'].map(personId),
      });
      stage.did('jonas', { _: 'messageActionChatEditTitle', title: 'Rowing Club' });
    },
    moved(stage) {
      stage.did('jonas', { _: 'messageActionChatMigrateTo', channel_id: NEW_GROUP_ID });
    },
  });

  const group = world.addChannel(NEW_GROUP_ID, 'Rowing Club', {
    megagroup: true,
    access_hash: hash,
    participants_count: 3,
  });
  playStory(open(group), ROWING_AFTER, {
    moved(stage) {
      stage.did('jonas', { _: 'messageActionChannelMigrateFrom', title: 'Rowing Club', chat_id: OLD_GROUP_ID });
    },
    'answer-to-the-past'(stage) {
      // The old messages are in another chat, so a reply to one of them names that chat.
      stage.say('sam', 'Found it. In the other chat. In the *other* other chat.', {
        reply_to: { _: 'messageReplyHeader', reply_to_msg_id: oldStage.idBack(3), reply_to_peer_id: tlPeer(old) },
      });
    },
  });
  world.setFullChat(group, fullChannel(oldStage.idBack(1)));
}

/** @param lastOldId - The highest message id of the group that it was made from. */
function fullChannel(lastOldId: number): TlObject {
  return {
    _: 'channelFull',
    id: NEW_GROUP_ID,
    about: 'Eight arms, four oars, one opinion each.',
    participants_count: 3,
    read_inbox_max_id: 0,
    read_outbox_max_id: 0,
    unread_count: 0,
    chat_photo: { _: 'photoEmpty', id: 0n },
    notify_settings: { _: 'peerNotifySettings' },
    bot_info: [],
    migrated_from_chat_id: OLD_GROUP_ID,
    migrated_from_max_id: lastOldId,
    pts: 1,
  };
}

const FLAT = `
@ 2025-01-04 12:00
! moves
priya: Who took the big pan
olena: Я. It's soaking. It has been soaking since Christmas
mira: It's now part of the sink
priya [photo table-1]: This is what I cooked in the small pan. Judge the pan, not me
olena: 10/10 pan
~ 1
mira: Rent is through, thank you both! {👍 2}
`;

const ROWING_BEFORE = `
@ 2023-09-02 07:00
! founded
jonas: Six o'clock at the boathouse. Six in the MORNING, Sam.
sam: There's a morning at six?
mira [photo sail-3]: Proof that there is
jonas [photo harbour-6]: And proof that Sam came
sam: I was asleep. My arms rowed.
~ 2
mira: Who has the spare oar?
sam: Define spare
jonas: We're too many for a small group, I'll upgrade us
! moved
`;

const ROWING_AFTER = `
@ 2024-02-10 18:00
! moved
jonas: And now we're a *super*group.
sam: I always knew.
! answer-to-the-past
mira: Water's at nine degrees, who comes on Sunday?
jonas [photo mountain-2]: I'm there already
sam [voice 2]:
mira: Sam, that was eleven seconds of an oar.
`;
