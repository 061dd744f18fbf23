import bigInt from 'big-integer';
import { Api } from 'telegram';
import { describe, expect, it } from 'vitest';

import type { MessageContent } from '../../../../src/chat/content.js';
import { convertContent } from '../../../../src/source/telegram/convert/convert-content.js';
import { user } from './convert-samples.js';

const geo = new Api.GeoPoint({ lat: 52.5, long: -13.25, accessHash: bigInt(1) });
const nowhere = new Api.GeoPointEmpty();
const point = { latitude: 52.5, longitude: -13.25 };
const plain = (text: string): Api.TextWithEntities => new Api.TextWithEntities({ text, entities: [] });

const page = new Api.WebPage({
  id: bigInt(1),
  url: 'https://a.example/x',
  displayUrl: 'a.example/x',
  hash: 0,
  siteName: 'A',
  title: 'X',
  description: 'About X',
  author: 'Ann',
});

const cases: [Api.TypeMessageMedia, MessageContent | undefined][] = [
  [new Api.MessageMediaEmpty(), undefined],
  [new Api.MessageMediaPhoto({}), undefined],
  [new Api.MessageMediaGeo({ geo }), { kind: 'location', point }],
  [new Api.MessageMediaGeo({ geo: nowhere }), { kind: 'location' }],
  [new Api.MessageMediaGeoLive({ geo, period: 900 }), { kind: 'location', point, livePeriodSeconds: 900 }],
  [
    new Api.MessageMediaVenue({ geo, title: 'Café', address: 'Way 1', provider: '', venueId: '', venueType: '' }),
    { kind: 'venue', title: 'Café', address: 'Way 1', point },
  ],
  [
    new Api.MessageMediaGame({
      game: new Api.Game({
        id: bigInt(1),
        accessHash: bigInt(2),
        shortName: 'chess',
        title: 'Chess',
        description: 'A game',
        photo: new Api.PhotoEmpty({ id: bigInt(1) }),
      }),
    }),
    { kind: 'game', title: 'Chess', description: 'A game', shortName: 'chess' },
  ],
  [
    new Api.MessageMediaInvoice({
      title: 'Tea',
      description: 'Hot',
      currency: 'EUR',
      totalAmount: bigInt(250),
      startParam: '',
      receiptMsgId: 12,
    }),
    { kind: 'invoice', title: 'Tea', description: 'Hot', amount: 250, currency: 'EUR', receiptMessageId: 12 },
  ],
  [new Api.MessageMediaDice({ value: 6, emoticon: '🎲' }), { kind: 'dice', emoticon: '🎲', value: 6 }],
  [new Api.MessageMediaStory({ peer: user(3), id: 9 }), { kind: 'story', peerId: 'user3', storyId: 9 }],
  [new Api.MessageMediaPaidMedia({ starsAmount: bigInt(50), extendedMedia: [] }), { kind: 'paid-media', stars: 50 }],
  [
    new Api.MessageMediaGiveaway({
      channels: [bigInt(5), bigInt(6)],
      quantity: 3,
      stars: bigInt(1000),
      untilDate: 1_700_000_000,
      countriesIso2: ['DE'],
      prizeDescription: 'And a hat',
      onlyNewSubscribers: true,
    }),
    {
      kind: 'giveaway',
      quantity: 3,
      stars: 1000,
      untilDateMs: 1_700_000_000_000,
      channelIds: ['channel5', 'channel6'],
      countries: ['DE'],
      additionalPrize: 'And a hat',
      onlyNewSubscribers: true,
    },
  ],
  [
    new Api.MessageMediaGiveawayResults({
      channelId: bigInt(5),
      launchMsgId: 4,
      winnersCount: 2,
      unclaimedCount: 1,
      winners: [bigInt(7), bigInt(8)],
      months: 3,
      untilDate: 1_700_000_000,
      refunded: true,
    }),
    {
      kind: 'giveaway-results',
      channelId: 'channel5',
      winnerIds: ['user7', 'user8'],
      winnersCount: 2,
      unclaimedCount: 1,
      additionalPeersCount: 0,
      launchMessageId: 4,
      months: 3,
      untilDateMs: 1_700_000_000_000,
      refunded: true,
      onlyNewSubscribers: false,
    },
  ],
  [
    new Api.MessageMediaWebPage({ webpage: page }),
    {
      kind: 'web-page',
      url: 'https://a.example/x',
      displayUrl: 'a.example/x',
      siteName: 'A',
      title: 'X',
      description: 'About X',
      author: 'Ann',
    },
  ],
  [
    new Api.MessageMediaWebPage({ webpage: new Api.WebPageEmpty({ id: bigInt(1), url: 'https://b.example' }) }),
    { kind: 'web-page', url: 'https://b.example' },
  ],
  [new Api.MessageMediaWebPage({ webpage: new Api.WebPagePending({ id: bigInt(1), date: 1 }) }), undefined],
];

it.each(cases.map(([media, content]) => [media.className, content, media] as const))(
  '%s carries %j',
  (_, content, media) => {
    expect(convertContent(media)).toStrictEqual(content);
  },
);

describe('a poll', () => {
  // No valid UTF-8, any of them: options are bytes, not text.
  const option = (byte: number): Buffer => Buffer.from([0xf0 + byte]);
  const answers = ['Yes', 'No', 'Perhaps'].map(
    (text, index) => new Api.PollAnswer({ text: plain(text), option: option(index) }),
  );
  const votes = (index: number, fields: { voters: number; chosen?: true; correct?: true }): Api.PollAnswerVoters =>
    new Api.PollAnswerVoters({ option: option(index), ...fields });
  const pollOf = (flags: object, results: ConstructorParameters<typeof Api.PollResults>[0]): Api.MessageMediaPoll =>
    new Api.MessageMediaPoll({
      poll: new Api.Poll({ id: bigInt(1), question: plain('Well?'), answers, ...flags }),
      results: new Api.PollResults(results),
    });
  const text = (value: string): object => ({ text: value, entities: [] });

  it('joins answers and votes by the bytes of the option, whatever their order', () => {
    const media = pollOf(
      { multipleChoice: true },
      { totalVoters: 5, results: [votes(1, { voters: 1 }), votes(0, { voters: 4, chosen: true })] },
    );
    expect(convertContent(media)).toStrictEqual({
      kind: 'poll',
      question: text('Well?'),
      answers: [
        { text: text('Yes'), voterCount: 4, chosen: true },
        { text: text('No'), voterCount: 1, chosen: false },
        { text: text('Perhaps'), voterCount: 0, chosen: false },
      ],
      totalVoterCount: 5,
      closed: false,
      quiz: false,
      multipleChoice: true,
    });
  });

  it('tells right from wrong once a quiz is solved', () => {
    const media = pollOf(
      { quiz: true, closed: true },
      {
        totalVoters: 2,
        results: [votes(0, { voters: 1, chosen: true }), votes(1, { voters: 1, correct: true })],
        solution: 'Because',
        solutionEntities: [new Api.MessageEntityBold({ offset: 0, length: 7 })],
      },
    );
    expect(convertContent(media)).toMatchObject({
      quiz: true,
      closed: true,
      answers: [{ correct: false }, { correct: true }, { correct: false }],
      explanation: { text: 'Because', entities: [{ kind: 'bold', offset: 0, length: 7 }] },
    });
  });

  it('that nobody has answered has no votes', () => {
    expect(convertContent(pollOf({ quiz: true }, {}))).toMatchObject({
      totalVoterCount: 0,
      answers: [{ voterCount: 0 }, { voterCount: 0 }, { voterCount: 0 }],
    });
  });
});
