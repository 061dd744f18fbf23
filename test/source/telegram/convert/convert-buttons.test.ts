import bigInt from 'big-integer';
import { Api } from 'telegram';
import { expect, it } from 'vitest';

import { convertButtons } from '../../../../src/source/telegram/convert/convert-buttons.js';

const text = 'Press';
const anyUser = new Api.RequestPeerTypeUser({});

const cases: [Api.TypeKeyboardButton, object][] = [
  [new Api.KeyboardButton({ text }), { type: 'default' }],
  [new Api.KeyboardButtonUrl({ text, url: 'https://a.example' }), { type: 'url', data: 'https://a.example' }],
  [
    new Api.KeyboardButtonCallback({ text, data: Buffer.from([0xfb, 0xff, 0xfe, 0x01]) }),
    { type: 'callback', dataBase64: '-__-AQ' },
  ],
  [
    new Api.KeyboardButtonCallback({ text, data: Buffer.from('a'), requiresPassword: true }),
    { type: 'callback_with_password', dataBase64: 'YQ' },
  ],
  [new Api.KeyboardButtonRequestPhone({ text }), { type: 'request_phone' }],
  [new Api.KeyboardButtonRequestGeoLocation({ text }), { type: 'request_location' }],
  [new Api.KeyboardButtonRequestPoll({ text }), { type: 'request_poll' }],
  [
    new Api.KeyboardButtonRequestPeer({ text, buttonId: 3, peerType: anyUser, maxQuantity: 1 }),
    { type: 'request_peer', buttonId: '3' },
  ],
  [new Api.KeyboardButtonSwitchInline({ text, query: 'cats' }), { type: 'switch_inline', data: 'cats' }],
  [
    new Api.KeyboardButtonSwitchInline({ text, query: 'cats', samePeer: true }),
    { type: 'switch_inline_same', data: 'cats' },
  ],
  [new Api.KeyboardButtonGame({ text }), { type: 'game' }],
  [new Api.KeyboardButtonBuy({ text }), { type: 'buy' }],
  [
    new Api.KeyboardButtonUrlAuth({ text, url: 'https://b.example', buttonId: 0, fwdText: 'Log in' }),
    { type: 'auth', data: 'https://b.example', buttonId: '0', forwardText: 'Log in' },
  ],
  [
    new Api.KeyboardButtonUrlAuth({ text, url: 'https://b.example', buttonId: 5 }),
    { type: 'auth', data: 'https://b.example', buttonId: '5' },
  ],
  [new Api.KeyboardButtonUserProfile({ text, userId: bigInt(12) }), { type: 'user_profile', data: '12' }],
  [new Api.KeyboardButtonWebView({ text, url: 'https://c.example' }), { type: 'web_view', data: 'https://c.example' }],
  [
    new Api.KeyboardButtonSimpleWebView({ text, url: 'https://c.example' }),
    { type: 'simple_web_view', data: 'https://c.example' },
  ],
  [new Api.KeyboardButtonCopy({ text, copyText: 'code 7' }), { type: 'copy_text', data: 'code 7' }],
];

it.each(cases.map(([button, expected]) => [button.className, expected, button] as const))(
  '%s becomes %j',
  (_, expected, button) => {
    const rows = [new Api.KeyboardButtonRow({ buttons: [button] })];
    const converted = [[{ text, ...expected }]];
    expect(convertButtons(new Api.ReplyInlineMarkup({ rows }))).toStrictEqual(converted);
    expect(convertButtons(new Api.ReplyKeyboardMarkup({ rows }))).toStrictEqual(converted);
  },
);

it('keeps rows and their order', () => {
  const button = (name: string): Api.KeyboardButtonGame => new Api.KeyboardButtonGame({ text: name });
  const rows = [
    new Api.KeyboardButtonRow({ buttons: [button('a'), button('b')] }),
    new Api.KeyboardButtonRow({ buttons: [button('c')] }),
  ];
  const texts = convertButtons(new Api.ReplyInlineMarkup({ rows }))?.map((row) => row.map((each) => each.text));
  expect(texts).toEqual([['a', 'b'], ['c']]);
});

it('is absent for a markup without buttons', () => {
  expect(convertButtons(new Api.ReplyKeyboardHide({}))).toBeUndefined();
  expect(convertButtons(new Api.ReplyKeyboardForceReply({}))).toBeUndefined();
  expect(convertButtons(new Api.ReplyInlineMarkup({ rows: [] }))).toBeUndefined();
});
