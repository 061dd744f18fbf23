import type { TlObject } from '../../tl/tl-object.js';
import { personId } from '../people.js';
import { richFromMarkup } from '../rich-text.js';
import type { Cue } from '../stage.js';
import { HOUSE_RULES } from './text-cues.js';

const CALL: TlObject = { _: 'inputGroupCall', id: 4_600_000_000_000_000_001n, access_hash: 4_601n };

/** Parts of the story with service messages. */
export const SERVICE_CUES: Readonly<Record<string, Cue>> = {
  founding(stage) {
    stage.did('mira', { _: 'messageActionChannelCreate', title: 'The Boat Thing' });
    stage.did('mira', {
      _: 'messageActionChatAddUser',
      users: ['tomas', 'aiko', 'olena', 'sam', 'jonas'].map(personId),
    });
    stage.did('yusuf', { _: 'messageActionChatJoinedByLink', inviter_id: personId('mira') });
    stage.did('ruth', { _: 'messageActionChatJoinedByRequest' });
    stage.did('chloe', { _: 'messageActionChatAddUser', users: [personId('chloe')] });
    stage.did('tomas', { _: 'messageActionChatAddUser', users: ['priya', 'nadia'].map(personId) });
    stage.did('mira', { _: 'messageActionChatEditTitle', title: 'Harbour Crew' });
    stage.did('sam', { _: 'messageActionChatEditPhoto', photo: stage.attach.tlPhoto(stage.media.picture('garden-2')) });
    stage.did('mira', { _: 'messageActionChatDeletePhoto' });
    stage.did('mira', { _: 'messageActionChatEditPhoto', photo: stage.attach.tlPhoto(stage.media.picture('sail-1')) });
  },

  'pin-rules'(stage) {
    const rules = stage.say('mira', HOUSE_RULES, { pinned: true, edit_date: stage.date + 86_400 });
    stage.mark('rules', rules);
    stage.did('mira', { _: 'messageActionPinMessage' }, stage.reply(rules));
    stage.did('mira', { _: 'messageActionSetMessagesTTL', period: 31_536_000 });
    stage.did('mira', { _: 'messageActionSetMessagesTTL', period: 0 });
  },

  'schedule-call'(stage) {
    stage.did('mira', { _: 'messageActionGroupCallScheduled', call: CALL, schedule_date: stage.date + 36_000 });
    stage.say('mira', 'Crew call tonight at eight. Agenda: oil, rolls, glory.');
  },

  'group-call'(stage) {
    stage.did('ruth', { _: 'messageActionGroupCall', call: CALL });
    stage.did('ruth', { _: 'messageActionInviteToGroupCall', call: CALL, users: ['jonas', 'aiko'].map(personId) });
    stage.say('ruth', 'I am LIVE from the pier head, come and listen to me lose my voice');
    stage.did('ruth', { _: 'messageActionGroupCall', call: CALL, duration: 2_718 });
  },

  permissions(stage) {
    stage.say('mira', richFromMarkup('Sam, there is a new button in your menu.'), { mentioned: true });
    stage.did('mira', { _: 'messageActionCustomAction', message: 'Sam may now pin messages.' });
  },

  'pinned-by-sam'(stage) {
    const message = stage.say('sam', 'HONK');
    stage.did('sam', { _: 'messageActionPinMessage' }, stage.reply(message));
  },

  proximity(stage) {
    stage.did('nadia', {
      _: 'messageActionGeoProximityReached',
      from_id: { _: 'peerUser', user_id: personId('tomas') },
      to_id: { _: 'peerUser', user_id: personId('nadia') },
      distance: 80,
    });
  },

  'people-come-and-go'(stage) {
    stage.did('mira', { _: 'messageActionChatAddUser', users: [personId('ghost')] });
    stage.did('sam', { _: 'messageActionChatDeleteUser', user_id: personId('sam') });
    stage.did('sam', { _: 'messageActionChatJoinedByLink', inviter_id: personId('mira') });
    stage.say('sam', 'I wanted to see whether anyone would notice', {
      ...stage.reply(stage.marked('rules')),
      replies: { _: 'messageReplies', replies: 3, replies_pts: 1 },
    });
    stage.did('mira', { _: 'messageActionEmpty' });
  },
};
