import type { TlObject } from '../../tl/tl-object.js';
import { DEMO_BOT_ACCOUNT, personId } from '../people.js';
import type { Cue, OpenStage } from '../stage.js';
import { playStory } from '../story-script.js';

/** The person's chat with a bot, and the chat that this bot sees when it logs in itself. */
export function addBotChats(open: OpenStage): void {
  playStory(open(`user:${personId('tide')}`), TIDE, TIDE_CUES);
  playStory(open(`user:${personId('mira')}`, DEMO_BOT_ACCOUNT.userId), SEEN_BY_BOT, BOT_CUES);
}

const TIDE = `
@ 2025-05-20 10:00
mira: /start
tide: Good morning! I know **tides**, and I try to know nothing else. Send /today, /tomorrow or /moon.
! permissions
mira: /today
tide: 04:58 low 0.3 m\\n11:15 high 2.0 m\\n17:22 low 0.4 m
! errands
tide: See you at low water.
`;

const TIDE_CUES: Readonly<Record<string, Cue>> = {
  permissions(stage) {
    stage.did('mira', { _: 'messageActionBotAllowed', domain: 'tides.example.org' });
    stage.did('mira', { _: 'messageActionBotAllowed', attach_menu: true });
    stage.did('mira', { _: 'messageActionBotAllowed', from_request: true });
    stage.did('mira', {
      _: 'messageActionBotAllowed',
      app: {
        _: 'botApp',
        id: 71n,
        access_hash: 72n,
        short_name: 'chart',
        title: 'The Chart',
        description: 'All the depths there are.',
        photo: { _: 'photoEmpty', id: 0n },
        hash: 0n,
      },
    });
  },

  errands(stage) {
    const bill = stage.say('tide', '', { media: billFor('A year of tides') });
    stage.did('mira', payment({ recurring_init: true }), stage.reply(bill));
    stage.did('mira', payment({ recurring_used: true }));
    stage.did('tide', {
      _: 'messageActionPaymentRefunded',
      peer: { _: 'peerUser', user_id: personId('tide') },
      currency: 'XTR',
      total_amount: 100n,
      charge: { _: 'paymentCharge', id: 'charge-1', provider_charge_id: 'provider-1' },
    });
    stage.did('mira', {
      _: 'messageActionRequestedPeer',
      button_id: 4,
      peers: [
        { _: 'peerUser', user_id: personId('ruth') },
        { _: 'peerChannel', channel_id: 1_800_000_001n },
      ],
    });
    stage.did('mira', { _: 'messageActionWebViewDataSent', text: 'Open the chart' });
    stage.did('mira', {
      _: 'messageActionSecureValuesSent',
      types: ['PersonalDetails', 'Passport', 'Address', 'Phone', 'Email'].map((name) => ({
        _: `secureValueType${name}`,
      })),
    });
  },
};

const SEEN_BY_BOT = `
@ 2025-05-20 10:00
mira: /start
tide: Good morning! I know **tides**, and I try to know nothing else.
mira [photo harbour-5]: Is this high or low?
tide: That is a boat.
! received
`;

const BOT_CUES: Readonly<Record<string, Cue>> = {
  received(stage) {
    stage.did('mira', {
      _: 'messageActionPaymentSentMe',
      currency: 'EUR',
      total_amount: 499n,
      payload: Buffer.from('year'),
      charge: { _: 'paymentCharge', id: 'charge-2', provider_charge_id: 'provider-2' },
    });
    stage.did('mira', { _: 'messageActionWebViewDataSentMe', text: 'Open the chart', data: '{"depth":3}' });
    stage.did('mira', {
      _: 'messageActionRequestedPeerSentMe',
      button_id: 4,
      peers: [{ _: 'requestedPeerUser', user_id: personId('ruth'), first_name: 'רות' }],
    });
  },
};

function payment(fields: object): TlObject {
  return { _: 'messageActionPaymentSent', currency: 'EUR', total_amount: 499n, ...fields };
}

function billFor(title: string): TlObject {
  return {
    _: 'messageMediaInvoice',
    title,
    description: 'High and low, 365 times each, nearly.',
    currency: 'EUR',
    total_amount: 499n,
    start_param: 'year',
    receipt_msg_id: 3,
  };
}
