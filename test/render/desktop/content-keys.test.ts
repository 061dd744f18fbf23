import { describe, expect, it } from 'vitest';

import type { MediaRecord } from '../../../src/chat/record.js';
import type { MessageContent } from '../../../src/chat/content.js';
import { messageProblems } from '../desktop-schema.js';
import { DATE_MS, rendered, renderedText, text, TIME_ZONE } from './rendered-message.js';

const BOLD = text('Q', { kind: 'bold', offset: 0, length: 1 });
const BOLD_SHAPE = [{ type: 'bold', text: 'Q' }];

/** The keys of the content, with their values, as JSON. Fails where the whole is not as the schema says. */
function block(content: MessageContent, media: readonly MediaRecord[] = []): string {
  const written = rendered({ content, senderId: 'user300' }, media);
  expect(messageProblems(written, TIME_ZONE)).toEqual([]);
  const entries = Object.entries(written);
  return JSON.stringify(Object.fromEntries(entries.slice(6, Object.keys(written).indexOf('text'))));
}

describe('the content keys', () => {
  it.each<[MessageContent, unknown]>([
    [
      { kind: 'contact', firstName: 'Ann', lastName: '', phoneNumber: '15550100', userId: '100' },
      { contact_information: { first_name: 'Ann', last_name: '', phone_number: '15550100' } },
    ],
    [{ kind: 'location' }, { location_information: null }],
    [
      { kind: 'location', point: { latitude: 55.75, longitude: -37.6 }, livePeriodSeconds: 60 },
      { location_information: { latitude: 55.75, longitude: -37.6 }, live_location_period_seconds: 60 },
    ],
    [{ kind: 'venue', title: 'Café', address: '' }, { place_name: 'Café' }],
    [
      { kind: 'venue', title: 'Café', address: 'A 1', point: { latitude: 1, longitude: 2 } },
      { place_name: 'Café', address: 'A 1', location_information: { latitude: 1, longitude: 2 } },
    ],
    [
      { kind: 'game', title: 'G', description: 'D', shortName: 'g1' },
      { game_title: 'G', game_description: 'D', game_link: 'https://t.me/helper?game=g1' },
    ],
    [
      { kind: 'game', title: 'G', description: '', url: 'https://e.x' },
      { game_title: 'G', game_link: 'https://e.x' },
    ],
    [
      {
        kind: 'poll',
        question: BOLD,
        answers: [{ text: text('Yes'), voterCount: 2, chosen: true, correct: true }],
        totalVoterCount: 2,
        closed: false,
        quiz: true,
        multipleChoice: false,
      },
      {
        poll: {
          question: BOLD_SHAPE,
          closed: false,
          total_voters: 2,
          answers: [{ text: 'Yes', voters: 2, chosen: true }],
        },
      },
    ],
    [
      {
        kind: 'todo-list',
        title: text('Do'),
        items: [{ id: 1, text: BOLD }],
        othersCanAppend: true,
        othersCanComplete: false,
      },
      {
        todo_list: {
          title: 'Do',
          others_can_append: true,
          others_can_complete: false,
          answers: [{ text: BOLD_SHAPE, id: 1 }],
        },
      },
    ],
    [
      {
        kind: 'giveaway',
        quantity: 3,
        months: 6,
        untilDateMs: DATE_MS,
        channelIds: ['channel9'],
        countries: ['DE'],
        onlyNewSubscribers: false,
      },
      {
        giveaway_information: {
          quantity: 3,
          months: 6,
          until_date: '2024-01-12T13:00:05',
          channels: [9],
          countries: ['DE'],
          additional_prize: '',
          stars: 0,
          is_only_new_subscribers: false,
        },
      },
    ],
    [
      {
        kind: 'giveaway-results',
        channelId: 'channel9',
        winnerIds: ['user100'],
        winnersCount: 1,
        unclaimedCount: 2,
        additionalPeersCount: 3,
        launchMessageId: 4,
        stars: 5,
        untilDateMs: DATE_MS,
        additionalPrize: 'Cake',
        refunded: true,
        onlyNewSubscribers: true,
      },
      {
        giveaway_results: {
          channel: 9,
          winners: [100],
          additional_prize: 'Cake',
          until_date: '2024-01-12T13:00:05',
          launch_message_id: 4,
          additional_peers_count: 3,
          winners_count: 1,
          unclaimed_count: 2,
          months: 0,
          stars: 5,
          is_refunded: true,
          is_only_new_subscribers: true,
        },
      },
    ],
    [{ kind: 'paid-media', stars: 50 }, { paid_stars_amount: 50 }],
    [{ kind: 'dice', emoticon: '🎲', value: 6 }, {}],
    [{ kind: 'story', peerId: 'user100', storyId: 1 }, {}],
    [{ kind: 'web-page', url: 'https://e.x' }, {}],
  ])('of %j', (content, expected) => {
    expect(block(content)).toBe(JSON.stringify(expected));
  });

  it('have the file of a contact card', () => {
    const card: MediaRecord = {
      state: 'stored',
      media: { kind: 'contact-card', role: 'main', inlineContent: 'BEGIN:VCARD' },
      file: { path: 'media/contacts/c.vcf', sizeBytes: 11, sha256: '0'.repeat(64) },
    };
    const contact = { kind: 'contact', firstName: 'A', lastName: 'B', phoneNumber: '' } as const;
    expect(block(contact, [card])).toBe(
      '{"contact_information":{"first_name":"A","last_name":"B","phone_number":""},' +
        '"contact_vcard":"media/contacts/c.vcf","contact_vcard_file_size":11}',
    );
  });

  it('print degrees with six digits, and keep all of them beside', () => {
    const content = { kind: 'location', point: { latitude: 55.7558, longitude: 37.61731234567 } } as const;
    expect(renderedText({ content })).toContain(
      '   "location_information": {\n    "latitude": 55.755800,\n    "longitude": 37.617312\n   },\n',
    );
    expect(rendered({ content })).toHaveProperty('chatferry.content.point.longitude', 37.61731234567);
  });

  it('have an invoice as the text of an object, indented as the object would be', () => {
    const content = { kind: 'invoice', title: 'T', description: '"D"', amount: 150, currency: 'USD' } as const;
    expect(rendered({ content })['invoice_information']).toBe(
      '{\n    "title": "T",\n    "description": "\\"D\\"",\n    "amount": 150,\n    "currency": "USD"\n   }',
    );
    expect(block({ ...content, receiptMessageId: 7 })).toContain(String.raw`\"receipt_message_id\": 7`);
  });

  it('leave what Desktop does not say of a poll beside', () => {
    const poll = {
      kind: 'poll',
      question: text('Q'),
      answers: [{ text: text('A'), voterCount: 0, chosen: false, correct: true }],
      totalVoterCount: 0,
      closed: false,
      quiz: true,
      multipleChoice: true,
      explanation: text('why'),
    } as const;
    expect(rendered({ content: poll })).toMatchObject({
      chatferry: {
        content: { quiz: true, multiple_choice: true, explanation: { text: 'why' }, answers: [{ correct: true }] },
      },
    });
  });
});
