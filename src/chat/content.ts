import type { PeerId } from './peer.js';
import type { FormattedText } from './text.js';

export interface GeoPoint {
  /** Degrees. */
  readonly latitude: number;
  /** Degrees. */
  readonly longitude: number;
}

export interface PollAnswer {
  readonly text: FormattedText;
  readonly voterCount: number;
  readonly chosen: boolean;
  /** Known for a quiz that this account has answered. */
  readonly correct?: boolean;
}

export interface Poll {
  readonly kind: 'poll';
  readonly question: FormattedText;
  readonly answers: readonly PollAnswer[];
  readonly totalVoterCount: number;
  readonly closed: boolean;
  readonly quiz: boolean;
  readonly multipleChoice: boolean;
  readonly explanation?: FormattedText;
}

export interface TodoItem {
  readonly id: number;
  readonly text: FormattedText;
}

/** What a message can contain besides text and files. Amounts are in the currency's smallest unit. */
export type MessageContent =
  | Poll
  | {
      readonly kind: 'contact';
      readonly firstName: string;
      readonly lastName: string;
      readonly phoneNumber: string;
      /** Telegram's bare id, when the contact has an account. */
      readonly userId?: string;
    }
  | { readonly kind: 'location'; readonly point?: GeoPoint; readonly livePeriodSeconds?: number }
  | { readonly kind: 'venue'; readonly title: string; readonly address: string; readonly point?: GeoPoint }
  | {
      readonly kind: 'game';
      readonly title: string;
      readonly description: string;
      readonly url?: string;
      /** Identifies the game within its bot; a link is `https://t.me/<bot>?game=<short name>`. */
      readonly shortName?: string;
    }
  | {
      readonly kind: 'invoice';
      readonly title: string;
      readonly description: string;
      readonly amount: number;
      readonly currency: string;
      readonly receiptMessageId?: number;
    }
  | {
      readonly kind: 'todo-list';
      readonly title: FormattedText;
      readonly items: readonly TodoItem[];
      readonly othersCanAppend: boolean;
      readonly othersCanComplete: boolean;
    }
  | {
      readonly kind: 'giveaway';
      readonly quantity: number;
      readonly months?: number;
      readonly stars?: number;
      readonly untilDateMs: number;
      readonly channelIds: readonly PeerId[];
      readonly countries: readonly string[];
      readonly additionalPrize?: string;
      readonly onlyNewSubscribers: boolean;
    }
  | {
      readonly kind: 'giveaway-results';
      readonly channelId: PeerId;
      readonly winnerIds: readonly PeerId[];
      readonly winnersCount: number;
      readonly unclaimedCount: number;
      readonly additionalPeersCount: number;
      readonly launchMessageId: number;
      readonly months?: number;
      readonly stars?: number;
      readonly untilDateMs: number;
      readonly additionalPrize?: string;
      readonly refunded: boolean;
      readonly onlyNewSubscribers: boolean;
    }
  | { readonly kind: 'paid-media'; readonly stars: number }
  | { readonly kind: 'dice'; readonly emoticon: string; readonly value: number }
  | { readonly kind: 'story'; readonly peerId: PeerId; readonly storyId: number }
  | {
      readonly kind: 'web-page';
      readonly url: string;
      readonly displayUrl?: string;
      readonly siteName?: string;
      readonly title?: string;
      readonly description?: string;
      readonly author?: string;
    };
