import type { Api } from 'telegram';

import type { GeoPoint, MessageContent } from '../../../chat/content.js';
import { filled, present } from './convert-absent.js';
import { convertContact } from './convert-contact.js';
import { channelPeer, convertPeer, userPeer } from './convert-peer.js';
import { convertPoll } from './convert-poll.js';

/** The content of a message apart from text and files. Undefined for media that consist of files only. */
export function convertContent(media: Api.TypeMessageMedia): MessageContent | undefined {
  switch (media.className) {
    case 'MessageMediaContact':
      return convertContact(media);
    case 'MessageMediaGeo':
      return present<MessageContent>({ kind: 'location', point: convertPoint(media.geo) });
    case 'MessageMediaGeoLive':
      return present<MessageContent>({
        kind: 'location',
        point: convertPoint(media.geo),
        livePeriodSeconds: media.period,
      });
    case 'MessageMediaVenue': {
      const { title, address, geo } = media;
      return present<MessageContent>({ kind: 'venue', title, address, point: convertPoint(geo) });
    }
    case 'MessageMediaGame': {
      const { title, description, shortName } = media.game;
      return present<MessageContent>({ kind: 'game', title, description, shortName: filled(shortName) });
    }
    case 'MessageMediaInvoice':
      return present<MessageContent>({
        kind: 'invoice',
        title: media.title,
        description: media.description,
        amount: Number(media.totalAmount),
        currency: media.currency,
        receiptMessageId: media.receiptMsgId,
      });
    case 'MessageMediaPoll':
      return convertPoll(media);
    case 'MessageMediaDice':
      return { kind: 'dice', emoticon: media.emoticon, value: media.value };
    case 'MessageMediaStory':
      return { kind: 'story', peerId: convertPeer(media.peer), storyId: media.id };
    case 'MessageMediaGiveaway':
      return convertGiveaway(media);
    case 'MessageMediaGiveawayResults':
      return convertGiveawayResults(media);
    case 'MessageMediaPaidMedia':
      return { kind: 'paid-media', stars: Number(media.starsAmount) };
    case 'MessageMediaWebPage':
      return convertWebPage(media.webpage);
    default:
      return undefined;
  }
}

function convertPoint(point: Api.TypeGeoPoint): GeoPoint | undefined {
  return point.className === 'GeoPoint' ? { latitude: point.lat, longitude: point.long } : undefined;
}

function convertGiveaway(media: Api.MessageMediaGiveaway): MessageContent {
  return present<MessageContent>({
    kind: 'giveaway',
    quantity: media.quantity,
    months: media.months,
    stars: media.stars == null ? undefined : Number(media.stars),
    untilDateMs: media.untilDate * 1000,
    channelIds: media.channels.map(channelPeer),
    countries: media.countriesIso2 ?? [],
    additionalPrize: filled(media.prizeDescription),
    onlyNewSubscribers: media.onlyNewSubscribers === true,
  });
}

function convertGiveawayResults(media: Api.MessageMediaGiveawayResults): MessageContent {
  return present<MessageContent>({
    kind: 'giveaway-results',
    channelId: channelPeer(media.channelId),
    winnerIds: media.winners.map(userPeer),
    winnersCount: media.winnersCount,
    unclaimedCount: media.unclaimedCount,
    additionalPeersCount: media.additionalPeersCount ?? 0,
    launchMessageId: media.launchMsgId,
    months: media.months,
    stars: media.stars == null ? undefined : Number(media.stars),
    untilDateMs: media.untilDate * 1000,
    additionalPrize: filled(media.prizeDescription),
    refunded: media.refunded === true,
    onlyNewSubscribers: media.onlyNewSubscribers === true,
  });
}

/** A page that Telegram has not loaded yet, or could not load, has at most a URL. */
function convertWebPage(page: Api.TypeWebPage): MessageContent | undefined {
  switch (page.className) {
    case 'WebPage':
      return present<MessageContent>({
        kind: 'web-page',
        url: page.url,
        displayUrl: filled(page.displayUrl),
        siteName: filled(page.siteName),
        title: filled(page.title),
        description: filled(page.description),
        author: filled(page.author),
      });
    case 'WebPagePending':
    case 'WebPageEmpty':
      return page.url == null ? undefined : { kind: 'web-page', url: page.url };
    default:
      return undefined;
  }
}
