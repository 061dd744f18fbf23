import type { Api } from 'telegram';

import type { Reply } from '../../../../chat/message.js';
import type { ServiceAction } from '../../../../chat/service-action.js';
import { present } from '../convert-absent.js';
import { convertOptionalPeer, convertPeer } from '../convert-peer.js';
import { otherAction, type ActionTable } from './convert-service-table.js';
import { convertTextWithEntities, EMPTY_TEXT } from '../convert-text.js';

/** Payments, gifts, prizes and giveaways. */
export const PAYMENT_ACTIONS: ActionTable<
  | 'MessageActionPaymentSent'
  | 'MessageActionPaymentSentMe'
  | 'MessageActionPaymentRefunded'
  | 'MessageActionGiftPremium'
  | 'MessageActionGiftCode'
  | 'MessageActionGiftStars'
  | 'MessageActionStarGift'
  | 'MessageActionStarGiftUnique'
  | 'MessageActionPrizeStars'
  | 'MessageActionGiveawayLaunch'
  | 'MessageActionGiveawayResults'
> = {
  MessageActionPaymentSent: convertPayment,
  // The same event as a bot sees it.
  MessageActionPaymentSentMe: convertPayment,
  MessageActionPaymentRefunded: ({ peer, currency, totalAmount, charge }) => ({
    action: 'refunded_payment',
    amount: Number(totalAmount),
    currency,
    peerId: convertPeer(peer),
    chargeId: charge.id,
  }),
  MessageActionGiftPremium: ({ amount, currency, months }) => ({
    action: 'send_premium_gift',
    amount: Number(amount),
    currency,
    months,
  }),
  MessageActionGiftCode: ({ slug, boostPeer, months, unclaimed, viaGiveaway }) =>
    present<ServiceAction>({
      action: 'gift_code_prize',
      code: slug,
      boostPeerId: convertOptionalPeer(boostPeer),
      months,
      unclaimed: unclaimed === true,
      viaGiveaway: viaGiveaway === true,
    }),
  MessageActionGiftStars: ({ amount, currency, stars }) => ({
    action: 'send_stars_gift',
    amount: Number(amount),
    currency,
    gift: { whole: Number(stars), nano: 0 },
  }),
  MessageActionStarGift: ({ gift, nameHidden, message }) => ({
    action: 'send_star_gift',
    giftId: gift.id.toString(),
    // A unique gift has an owner and no longer has a price.
    stars: gift.className === 'StarGift' ? Number(gift.stars) : 0,
    isLimited: gift.className === 'StarGiftUnique' || gift.limited === true,
    isAnonymous: nameHidden === true,
    text: message == null ? EMPTY_TEXT : convertTextWithEntities(message),
  }),
  MessageActionStarGiftUnique: otherAction,
  MessageActionPrizeStars: ({ boostPeer, stars, unclaimed, giveawayMsgId, transactionId }) => ({
    action: 'stars_prize',
    boostPeerId: convertPeer(boostPeer),
    stars: Number(stars),
    isUnclaimed: unclaimed === true,
    giveawayMessageId: giveawayMsgId,
    transactionId,
  }),
  MessageActionGiveawayLaunch: () => ({ action: 'giveaway_launch' }),
  MessageActionGiveawayResults: ({ winnersCount, unclaimedCount, stars }) => ({
    action: 'giveaway_results',
    winners: winnersCount,
    unclaimed: unclaimedCount,
    stars: stars === true,
  }),
};

/** The paid invoice is the message that the service message replies to. */
function convertPayment(
  action: Api.MessageActionPaymentSent | Api.MessageActionPaymentSentMe,
  reply: Reply | undefined,
): ServiceAction {
  return present<ServiceAction>({
    action: 'send_payment',
    amount: Number(action.totalAmount),
    currency: action.currency,
    invoiceMessageId: reply?.messageId,
    recurring: action.recurringUsed === true ? 'used' : action.recurringInit === true ? 'init' : undefined,
  });
}
