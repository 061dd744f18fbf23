import type { TlObject } from '../../tl/tl-object.js';
import { personId } from '../people.js';
import { rich, styled, textWithEntities, type RichPart } from '../rich-text.js';
import type { Cue } from '../stage.js';

/** Parts of the story that are neither text nor files: polls, places, contacts, dice, giveaways. */
export const CONTENT_CUES: Readonly<Record<string, Cue>> = {
  'poll-saturday'(stage) {
    const options = [
      ['Sail to the skerries', 5],
      ['Paint the dinghy', 1],
      ['Stay in with 🫖', 3],
    ] as const;
    stage.say('mira', '', {
      media: poll({ id: 1n, question: 'Saturday?', options, chosen: [0], publicVoters: true, recentVoter: 'ruth' }),
    });
  },

  'poll-film'(stage) {
    const options = [
      ['Boat', 6],
      ['Submarine (also boat)', 4],
      ['Train', 2],
      ['Nobody leaves the island', 0],
    ] as const;
    stage.say('chloe', '', {
      media: poll({
        id: 2n,
        question: rich(
          'Film night: ',
          styled('CustomEmoji', '🎥', { document_id: 4_411n }),
          ' pick all you would watch',
        ),
        options,
        chosen: [0, 2],
        multiple: true,
        closed: true,
      }),
    });
  },

  quiz(stage) {
    const options = [
      ['two', 1],
      ['three', 2],
      ['four', 7],
      ['it depends on the wind', 0],
    ] as const;
    stage.say('ruth', '', {
      media: poll({
        id: 3n,
        question: 'How many eggs does a common tern lay, most years?',
        options,
        chosen: [2],
        correct: 1,
        solution: rich('Two or ', styled('Bold', 'three'), '. Four would be showing off.'),
      }),
    });
  },

  'venue-horta'(stage) {
    stage.say('tomas', '', {
      media: {
        _: 'messageMediaVenue',
        geo: geoPoint(38.5324, -28.6249),
        title: 'The Whale Jaw Café',
        address: 'Harbour Road 9, Horta',
        provider: 'foursquare',
        venue_id: '4b0588f9f964a520',
        venue_type: 'food/cafe',
      },
    });
  },

  location(stage) {
    stage.say('priya', '', { media: { _: 'messageMediaGeo', geo: geoPoint(38.4682, -28.3993, 12) } });
    stage.say('priya', 'I am exactly here', stage.reply(stage.idBack(1)));
    stage.say('tomas', 'Exactly right.');
  },

  'live-location'(stage) {
    stage.say('nadia', '', {
      media: {
        _: 'messageMediaGeoLive',
        geo: geoPoint(59.3189, 18.7071),
        heading: 215,
        period: 3_600,
        proximity_notification_radius: 500,
      },
      edit_date: stage.date + 3_500,
      edit_hide: true,
    });
    stage.say('nadia', 'Somebody is out of fuel behind the island, follow me live if you are bored');
  },

  contact(stage) {
    stage.say('jonas', 'The carpenter who does masts:');
    stage.say('jonas', '', {
      media: {
        _: 'messageMediaContact',
        phone_number: '+4681234567',
        first_name: 'Ingrid',
        last_name: 'Mastberg; spars, "oars"',
        vcard:
          'BEGIN:VCARD\r\nVERSION:3.0\r\nN:Mastberg;Ingrid;;;\r\nFN:Ingrid Mastberg\r\nORG:Spars & Oars\r\nTEL;TYPE=work:+4681234567\r\nEMAIL:ingrid@example.org\r\nNOTE:Ask for spruce\\, not pine.\r\nEND:VCARD\r\n',
        user_id: 0n,
      },
    });
    stage.say('tomas', 'And mine, for the list', {
      media: {
        _: 'messageMediaContact',
        phone_number: '351910000002',
        first_name: 'Tomás',
        last_name: 'Ferreira',
        vcard: '',
        user_id: personId('tomas'),
      },
    });
  },

  dice(stage) {
    stage.say('sam', '', { media: { _: 'messageMediaDice', value: 6, emoticon: '🎲' } });
    stage.say('jonas', '', { media: { _: 'messageMediaDice', value: 1, emoticon: '🎯' } });
    stage.say('sam', 'The sea has spoken. You wash up.', stage.reply(stage.idBack(1)));
  },

  giveaway(stage) {
    stage.did('mira', { _: 'messageActionBoostApply', boosts: 3 });
    stage.did('mira', { _: 'messageActionGiveawayLaunch', stars: 500n });
    const launch = stage.say('mira', '', {
      media: {
        _: 'messageMediaGiveaway',
        only_new_subscribers: true,
        winners_are_visible: true,
        channels: [1_800_000_001n, 1_800_000_005n],
        countries_iso2: ['SE', 'PT', 'JP'],
        prize_description: 'a jar of Jonas’s starter each',
        quantity: 3,
        months: 3,
        until_date: stage.date + 86_400,
      },
    });
    stage.did('mira', { _: 'messageActionGiveawayResults', winners_count: 3, unclaimed_count: 1 });
    stage.say('mira', '', {
      media: {
        _: 'messageMediaGiveawayResults',
        channel_id: 1_800_000_001n,
        additional_peers_count: 1,
        launch_msg_id: launch,
        winners_count: 3,
        unclaimed_count: 1,
        winners: [personId('ruth'), personId('sam')],
        stars: 500n,
        prize_description: 'a jar of Jonas’s starter each',
        until_date: stage.date + 86_400,
      },
    });
    stage.say('sam', 'I have WON a YEAST');
  },

  todo(stage) {
    // Checklists are newer than layer 198, so this one is plain text.
    stage.say(
      'mira',
      'List for the night of the Perseids:\n☑ soup\n☑ blankets\n☐ eighth life jacket for the imaginary dog\n☐ silence (Ruth)',
      {
        pinned: true,
        edit_date: stage.date + 1_200,
      },
    );
    stage.say('aiko', '☑ soup, twice', stage.reply(stage.idBack(1)));
  },
};

interface PollOptions {
  readonly id: bigint;
  readonly question: RichPart;
  /** Each option with its number of votes. */
  readonly options: readonly (readonly [string, number])[];
  /** Indexes of the options that this account chose. */
  readonly chosen: readonly number[];
  /** Makes it a quiz. */
  readonly correct?: number;
  readonly solution?: ReturnType<typeof rich>;
  readonly multiple?: boolean;
  readonly closed?: boolean;
  readonly publicVoters?: boolean;
  readonly recentVoter?: string;
}

function poll(options: PollOptions): TlObject {
  const { correct, solution, recentVoter } = options;
  const option = (index: number): Uint8Array => Uint8Array.of(48 + index);
  return {
    _: 'messageMediaPoll',
    poll: {
      _: 'poll',
      id: 5_300_000_000_000_000_000n + options.id,
      ...(options.closed && { closed: true }),
      ...(options.publicVoters && { public_voters: true }),
      ...(options.multiple && { multiple_choice: true }),
      ...(correct !== undefined && { quiz: true }),
      question: textWithEntities(options.question),
      answers: options.options.map(([text], index) => ({
        _: 'pollAnswer',
        text: textWithEntities(text),
        option: option(index),
      })),
    },
    results: {
      _: 'pollResults',
      results: options.options.map(([, voters], index) => ({
        _: 'pollAnswerVoters',
        ...(options.chosen.includes(index) && { chosen: true }),
        ...(index === correct && { correct: true }),
        option: option(index),
        voters,
      })),
      total_voters: options.options.reduce((sum, [, voters]) => sum + voters, 0),
      ...(recentVoter !== undefined && { recent_voters: [{ _: 'peerUser', user_id: personId(recentVoter) }] }),
      ...(solution && { solution: solution.message, solution_entities: solution.entities }),
    },
  };
}

/** A TL `geoPoint`. Coordinates are in degrees, the radius in metres. */
export function geoPoint(latitude: number, longitude: number, accuracyRadius?: number): TlObject {
  return {
    _: 'geoPoint',
    lat: latitude,
    long: longitude,
    access_hash: 1n,
    ...(accuracyRadius !== undefined && { accuracy_radius: accuracyRadius }),
  };
}
