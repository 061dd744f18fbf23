import type { TlObject } from '../../tl/tl-object.js';
import type { Fields } from '../../world/world-builder.js';
import { personId } from '../people.js';
import { rich, styled } from '../rich-text.js';
import type { Cue } from '../stage.js';

/** Parts of the story with bots: buttons, games, invoices, previews of web pages. */
export const BOT_CUES: Readonly<Record<string, Cue>> = {
  'bot-buttons'(stage) {
    stage.say('tide', rich(styled('Bold', 'Tide Table'), ' is awake. What would you like to know?'), {
      reply_markup: { _: 'replyInlineMarkup', rows: buttonRows() },
    });
    stage.say('tide', 'Or answer with one of these.', {
      reply_markup: {
        _: 'replyKeyboardMarkup',
        resize: true,
        single_use: true,
        placeholder: 'Low or high?',
        rows: [
          row(button('', { text: 'Low water' }), button('', { text: 'High water' })),
          row(button('RequestPhone', { text: 'Call me' }), button('RequestGeoLocation', { text: 'Where I am' })),
          row(button('RequestPoll', { text: 'Ask the crew', quiz: false })),
          row(
            button('RequestPeer', {
              text: 'Pick a person',
              button_id: 4,
              peer_type: { _: 'requestPeerTypeUser', bot: false },
              max_quantity: 1,
            }),
            button('SimpleWebView', { text: 'Open the chart', url: 'https://example.org/chart' }),
          ),
        ],
      },
    });
    stage.say('tide', 'Never mind.', { reply_markup: { _: 'replyKeyboardHide' } });
    stage.say('sam', 'A gull, from the finder of gulls', {
      via_bot_id: personId('gifs'),
      media: stage.attach.photo(stage.media.picture('sail-3')),
    });
  },

  game(stage) {
    const game = stage.say('deck', '', {
      media: {
        _: 'messageMediaGame',
        game: {
          _: 'game',
          id: 4_700_000_000_000_000_001n,
          access_hash: 4_701n,
          short_name: 'harbour_pilot',
          title: 'Harbour Pilot',
          description: 'Bring the ferry in. Do not wake the cormorants.',
          photo: stage.attach.tlPhoto(stage.media.picture('harbour-4')),
        },
      },
      reply_markup: { _: 'replyInlineMarkup', rows: [row(button('Game', { text: 'Play Harbour Pilot' }))] },
    });
    stage.did(
      'sam',
      { _: 'messageActionGameScore', game_id: 4_700_000_000_000_000_001n, score: 41 },
      stage.reply(game),
    );
    stage.did(
      'ruth',
      { _: 'messageActionGameScore', game_id: 4_700_000_000_000_000_001n, score: 4_100 },
      stage.reply(game),
    );
    stage.say('sam', 'How');
    stage.say('ruth', 'I know where the cormorants sleep.', stage.reply(stage.idBack(1)));
  },

  price(stage) {
    stage.say('deck', '', {
      media: {
        _: 'messageMediaInvoice',
        shipping_address_requested: true,
        test: true,
        title: 'One onigiri',
        description: 'Plum. Wrapped. With a paper flag.',
        currency: 'EUR',
        total_amount: 250n,
        start_param: 'onigiri',
      },
      reply_markup: { _: 'replyInlineMarkup', rows: [row(button('Buy', { text: 'Pay 2.50 €' }))] },
    });
    stage.say('aiko', 'I did not authorise this', stage.reply(stage.idBack(1)));
  },

  'web-page'(stage) {
    const url = 'https://example.org/harbour-birds/2025';
    stage.say('ruth', rich(styled('Url', url)), {
      media: {
        _: 'messageMediaWebPage',
        safe: true,
        webpage: {
          ...webPage(url),
          site_name: 'Birds of the Harbour',
          title: 'The list of 2025',
          description: '112 kinds so far. Two of them were the same gull.',
          author: 'Ruth',
          photo: stage.attach.tlPhoto(stage.media.picture('mountain-3')),
        },
      },
    });
    const clip = stage.media.clip('loop-2');
    const film = 'https://example.com/storks.mp4';
    stage.say('yusuf', rich('Somebody filmed them: ', styled('Url', film)), {
      media: {
        _: 'messageMediaWebPage',
        webpage: {
          ...webPage(film),
          type: 'video',
          title: 'Storks, passing',
          ...(clip && { document: stage.attach.video(clip, 'storks.mp4')['document'] }),
        },
      },
    });
    stage.say('sam', rich(styled('Url', 'https://example.com/404')), {
      media: { _: 'messageMediaWebPage', webpage: { _: 'webPageEmpty', id: 12n, url: 'https://example.com/404' } },
    });
  },
};

function buttonRows(): TlObject[] {
  return [
    row(
      button('Callback', { text: 'Low water', data: Buffer.from('low:today') }),
      button('Callback', { text: 'High water', data: Uint8Array.of(0, 255, 128, 10) }),
    ),
    row(button('Url', { text: 'The harbour office', url: 'https://example.org/office?a=<b>&c="d"' })),
    row(
      button('SwitchInline', { text: 'Tell another chat', query: 'tides today' }),
      button('SwitchInline', { text: 'Ask here', query: 'tides', same_peer: true }),
    ),
    row(
      button('UrlAuth', { text: 'Log in', fwd_text: 'Open', url: 'https://example.org/login', button_id: 7 }),
      button('WebView', { text: 'Open the chart', url: 'https://example.org/chart' }),
    ),
    row(
      button('UserProfile', { text: 'The harbour master', user_id: personId('nadia') }),
      button('Copy', { text: 'Copy the channel', copy_text: 'VHF 12' }),
      button('Callback', { text: 'Open the gate', requires_password: true, data: Buffer.from('gate') }),
    ),
  ];
}

function row(...buttons: readonly TlObject[]): TlObject {
  return { _: 'keyboardButtonRow', buttons };
}

function button(name: string, fields: Fields): TlObject {
  return { _: `keyboardButton${name}`, ...fields };
}

function webPage(url: string): TlObject {
  return {
    _: 'webPage',
    id: BigInt(url.length) + 5_000n,
    url,
    display_url: url.replace('https://', ''),
    hash: 0,
    type: 'article',
  };
}
