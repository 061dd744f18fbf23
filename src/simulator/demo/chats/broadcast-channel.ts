import type { Fields, WorldBuilder } from '../../world/world-builder.js';
import { richFromMarkup } from '../rich-text.js';
import type { OpenStage } from '../stage.js';

const CHANNEL_ID = 1_800_000_005n;

/** The posts of the channel: text and, for some, a picture. */
const POSTS: readonly (readonly [string, string?])[] = [
  ['**Letter 1.** On leaving the harbour slowly enough to hear it close behind you.', 'harbour-7'],
  ['**Letter 2.** There are eleven words for rain here. Nine of them are the same word, said differently.'],
  ['**Letter 3.** A list of things that floated past: a door, a lemon, a very calm duck. #flotsam', 'sail-8'],
  ['Persons are reminded that the water is deep. Persons with ladders are reminded of it twice.'],
  ['**Letter 4.** Read it on https://example.org/letters/4 or wait until the tide brings it.', 'mountain-5'],
  ['**Letter 5.** Nothing happened today. It happened __beautifully__.'],
  ['**Letter 6.** Thank you for reading slowly.', 'garden-6'],
];

/** A broadcast channel with signatures, views and comments. */
export function addBroadcastChannel(world: WorldBuilder, open: OpenStage): void {
  const peer = world.addChannel(CHANNEL_ID, 'Slow Sea Letters', {
    broadcast: true,
    signatures: true,
    username: 'slow_sea_letters',
    participants_count: 1_204,
  });
  const stage = open(peer);
  stage.at('2025-02-01 06:00');
  world.postService(
    peer,
    { _: 'messageActionChannelCreate', title: 'Slow Sea Letters' },
    { post: true, date: stage.date },
  );
  for (const [index, [text, picture]] of POSTS.entries()) {
    stage.at(`2025-0${index + 2}-10 07:30`);
    const fields: Fields = {
      views: 1_204 - index * 93,
      forwards: 30 - index,
      post_author: index === 3 ? 'The harbour office' : 'Chloé',
      ...(picture !== undefined && { media: stage.attach.photo(stage.media.picture(picture)) }),
      ...(index === 2 && {
        replies: {
          _: 'messageReplies',
          comments: true,
          replies: 17,
          replies_pts: 40,
          channel_id: 1_800_000_001n,
          max_id: 90,
        },
      }),
      ...(index === 4 && { edit_date: stage.date + 7_200 }),
    };
    stage.announce(richFromMarkup(text), fields);
  }
  const song = stage.media.clip('song-1');
  if (song !== undefined) {
    stage.announce('And a tune.', {
      views: 612,
      media: stage.attach.song(song, { title: 'Low Water Waltz', performer: 'The Harbour Crew' }),
    });
  }
}

/** A supergroup that this account was banned from. */
export function addForbiddenChannel(world: WorldBuilder): void {
  world.addForbiddenChannel(1_800_000_009n, 'Secret Supper Club', { megagroup: true });
}
