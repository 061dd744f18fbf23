import type { TlObject } from '../../tl/tl-object.js';
import type { WorldBuilder } from '../../world/world-builder.js';
import { personId } from '../people.js';
import { rich, textWithEntities } from '../rich-text.js';
import type { Cue, OpenStage } from '../stage.js';
import { playStory } from '../story-script.js';

/** Saved Messages, a friend, a deleted account, and a chat without messages. */
export function addPrivateChats(world: WorldBuilder, open: OpenStage): void {
  playStory(open(`user:${personId('mira')}`), SAVED, SAVED_CUES);
  playStory(open(`user:${personId('tomas')}`), TOMAS, FRIEND_CUES);
  playStory(open(`user:${personId('ghost')}`), GHOST);
  world.openDialog(`user:${personId('nadia')}`);
}

const SAVED = `
@ 2025-02-20 21:00
mira: Wi-Fi on the pier: ask at the kiosk, the password is on the ice-cream list
mira: To buy: sandpaper 80 + 120, oil, a **good** brush
! kept
mira [photo sail-2]: For the print shop
mira [voice 3]: Tune for the bow song
`;

const SAVED_CUES: Readonly<Record<string, Cue>> = {
  kept(stage) {
    stage.say('mira', 'Heat the dashi, do not boil it', {
      fwd_from: {
        _: 'messageFwdHeader',
        from_id: { _: 'peerUser', user_id: personId('aiko') },
        date: stage.date - 900,
        saved_from_peer: { _: 'peerUser', user_id: personId('aiko') },
        saved_from_msg_id: 12,
      },
      saved_peer_id: { _: 'peerUser', user_id: personId('aiko') },
      reactions: {
        _: 'messageReactions',
        reactions_as_tags: true,
        results: [{ _: 'reactionCount', chosen_order: 0, reaction: { _: 'reactionEmoji', emoticon: '🔥' }, count: 1 }],
      },
    });
  },
};

const TOMAS = `
@ 2025-02-25 18:00
! first-contact
tomas: Is this thing on?
mira: It is! Welcome to the century.
tomas: I prefer the last one, it had more boats.
mira: Do you still have the key to the locker?
tomas [photo harbour-2]: I have *a* key
mira ^1: That is a key to a church, Tomás.
tomas: That explains the locker.
! calls
tomas: Sorry, tunnel. Then a gull. Then another tunnel.
mira: 😂 Call you tonight
! pleasantries
mira: You remembered my birthday!!
tomas: The bot remembered. I only pressed.
tomas [round 2]:
mira [voice 5]:
! secrets
tomas: See you on Saturday ⚓
mira: See you on Saturday! {❤}
`;

const FRIEND_CUES: Readonly<Record<string, Cue>> = {
  'first-contact'(stage) {
    stage.did('tomas', { _: 'messageActionContactSignUp' });
    stage.did('mira', { _: 'messageActionSetChatTheme', emoticon: '🌊' });
    stage.did('mira', { _: 'messageActionSetChatTheme', emoticon: '' });
  },

  calls(stage) {
    const call = (reason: string, fields: object): TlObject => ({
      _: 'messageActionPhoneCall',
      call_id: 4_500_000_000_000_000_000n + BigInt(stage.date),
      reason: { _: `phoneCallDiscardReason${reason}` },
      ...fields,
    });
    stage.did('tomas', call('Missed', {}));
    stage.did('mira', call('Busy', {}));
    stage.did('tomas', call('Disconnect', { duration: 14 }));
    stage.did('tomas', call('Hangup', { video: true, duration: 1_861 }));
  },

  pleasantries(stage) {
    const photo = stage.attach.tlPhoto(stage.media.picture('garden-3'));
    stage.did('tomas', { _: 'messageActionSuggestProfilePhoto', photo });
    stage.did('mira', {
      _: 'messageActionSetChatWallPaper',
      for_both: true,
      wallpaper: { _: 'wallPaperNoFile', id: 0n, settings: { _: 'wallPaperSettings', background_color: 0x1d3557 } },
    });
    stage.did(
      'tomas',
      { _: 'messageActionSetChatWallPaper', same: true, wallpaper: { _: 'wallPaperNoFile', id: 0n } },
      stage.reply(stage.idBack(1)),
    );
    stage.did('tomas', {
      _: 'messageActionGiftPremium',
      currency: 'EUR',
      amount: 1_199n,
      months: 3,
      message: textWithEntities('Happy birthday, captain!'),
    });
    stage.did('tomas', {
      _: 'messageActionGiftStars',
      currency: 'XTR',
      amount: 250n,
      stars: 250n,
      transaction_id: 'demo-gift-1',
    });
    stage.did('tomas', starGift(stage));
    stage.did('tomas', {
      _: 'messageActionGiftCode',
      via_giveaway: true,
      unclaimed: true,
      boost_peer: { _: 'peerChannel', channel_id: 1_800_000_001n },
      months: 3,
      slug: 'demoGiftCode',
    });
    stage.did('tomas', {
      _: 'messageActionPrizeStars',
      unclaimed: true,
      stars: 500n,
      transaction_id: 'demo-prize-1',
      boost_peer: { _: 'peerChannel', channel_id: 1_800_000_001n },
      giveaway_msg_id: 12,
    });
  },

  secrets(stage) {
    stage.did('mira', { _: 'messageActionSetMessagesTTL', period: 86_400, auto_setting_from: personId('mira') });
    stage.say('tomas', 'The church key opens the church. I checked. It is a very small church.', {
      ttl_period: 86_400,
    });
    stage.did('tomas', { _: 'messageActionScreenshotTaken' });
    stage.did('mira', { _: 'messageActionSetMessagesTTL', period: 0 });
    stage.did('mira', { _: 'messageActionHistoryClear' });
  },
};

const GHOST = `
@ 2025-07-11 09:00
ghost: Hi Mira! Is there still a place on Saturday?
mira: Always. Bring a jumper.
ghost [photo table-4]: I bring these!
mira: You are hired {❤}
`;

function starGift(stage: Parameters<Cue>[0]): TlObject {
  const sticker = stage.attach.file({
    file: {
      sizeBytes: stage.media.tgs.length,
      read: (offset, length) => stage.media.tgs.subarray(offset, offset + length),
    },
    mimeType: 'application/x-tgsticker',
    attributes: [{ _: 'documentAttributeImageSize', w: 512, h: 512 }],
  });
  return {
    _: 'messageActionStarGift',
    name_hidden: true,
    saved: true,
    gift: {
      _: 'starGift',
      limited: true,
      id: 5_900_000_000_000_000_001n,
      sticker: sticker['document'],
      stars: 50n,
      availability_remains: 10,
      availability_total: 500,
      convert_stars: 42n,
    },
    message: textWithEntities(
      rich('A buoy, so that you ', { message: 'float', entities: [{ _: 'messageEntityBold', offset: 0, length: 5 }] }),
    ),
    convert_stars: 42n,
  };
}
