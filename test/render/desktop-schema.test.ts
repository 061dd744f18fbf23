import { describe, expect, it } from 'vitest';

import { desktopProblems } from './desktop-schema.js';

const TEXT = { text: 'hi', text_entities: [{ type: 'plain', text: 'hi' }] };
const HEAD = { id: 1, type: 'message', date: '2024-01-12T13:00:05', date_unixtime: '1705053605' };
const EXTRA = {
  format_version: 1,
  time_zone: 'Europe/Moscow',
  message_count: 1,
  chat: { id: 'user1', kind: 'private', title: 'Ann', is_public: false },
  senders: [],
};

function problemsOf(message: object, chat: object = {}): readonly string[] {
  const head = { name: 'Ann', type: 'personal_chat', id: 1 };
  return desktopProblems({ ...head, messages: [message], chatferry: EXTRA, ...chat });
}

describe('the schema of result.json', () => {
  it('finds nothing in a right one', () => {
    expect(
      problemsOf({ ...HEAD, from: null, from_id: 'user1', photo: 'media/p.jpg', photo_file_size: 0, ...TEXT }),
    ).toEqual([]);
  });

  it.each([
    ['a key that Desktop has not', { ...HEAD, views: 1, ...TEXT }],
    ['a missing key', { ...HEAD, text: 'hi' }],
    ['keys out of order', { ...HEAD, ...TEXT, from: 'Ann' }],
    ['a wrong type', { ...HEAD, date_unixtime: 1_705_053_605, ...TEXT }],
    ['a file that is not relative', { ...HEAD, photo: '/etc/passwd', photo_file_size: 0, ...TEXT }],
    ['a placeholder that Desktop has not', { ...HEAD, photo: '(gone)', photo_file_size: 0, ...TEXT }],
    ['two media blocks', { ...HEAD, photo: 'p', photo_file_size: 0, paid_stars_amount: 1, ...TEXT }],
    ['texts that differ', { ...HEAD, ...TEXT, text: 'ho' }],
    ['one plain part in an array', { ...HEAD, ...TEXT, text: ['hi'] }],
    ['a date in another zone', { ...HEAD, date: '2024-01-12T10:00:05', ...TEXT }],
    ['a service message without its fields', { ...HEAD, type: 'service', action: 'boost_apply', ...TEXT }],
    ['an unknown action', { ...HEAD, type: 'service', action: 'dance', ...TEXT }],
    ['a date of an unsupported message', { ...HEAD, type: 'unsupported' }],
    ['an unknown type', { ...HEAD, type: 'note', ...TEXT }],
  ])('finds %s', (_, message) => {
    expect(problemsOf(message)).not.toEqual([]);
  });

  it.each([
    ['a name of saved messages', { type: 'saved_messages' }],
    ['a wrong count', { chatferry: { ...EXTRA, message_count: 2 } }],
    [
      'ids that do not ascend',
      {
        messages: [
          { ...HEAD, ...TEXT },
          { ...HEAD, ...TEXT },
        ],
        chatferry: { ...EXTRA, message_count: 2 },
      },
    ],
    ['an unknown key', { about: 'x' }],
  ])('finds %s', (_, chat) => {
    expect(problemsOf({ ...HEAD, ...TEXT }, chat)).not.toEqual([]);
  });
});
