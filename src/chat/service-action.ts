import type { PeerId } from './peer.js';
import type { FormattedText } from './text.js';

/** An amount of stars or TON: whole units and billionths. */
export interface StarsAmount {
  readonly whole: number;
  readonly nano: number;
}

/**
 * What a service message reports. `action` is Telegram Desktop's word (export_output_json.cpp), so that the same word is
 * used from the conversion to result.json. Periods are in seconds, amounts in the currency's smallest unit. The
 * picture of a photo action is in the message's `media` with the role `chat-photo`.
 */
export type ServiceAction =
  | { readonly action: 'create_group'; readonly title: string; readonly memberIds: readonly PeerId[] }
  | { readonly action: 'edit_group_title'; readonly title: string }
  | { readonly action: 'create_channel' | 'migrate_from_group' | 'topic_created'; readonly title: string }
  | { readonly action: 'invite_members' | 'remove_members'; readonly memberIds: readonly PeerId[] }
  | { readonly action: 'invite_to_group_call'; readonly memberIds: readonly PeerId[] }
  | { readonly action: 'join_group_by_link'; readonly inviterId: PeerId }
  | { readonly action: 'topic_edit'; readonly newTitle?: string; readonly newIconEmojiId?: string }
  | { readonly action: 'pin_message'; readonly messageId: number; readonly peerId?: PeerId }
  | { readonly action: 'set_chat_wallpaper' | 'set_same_chat_wallpaper'; readonly messageId?: number }
  | { readonly action: 'score_in_game'; readonly gameMessageId: number; readonly score: number }
  | {
      readonly action: 'send_payment';
      readonly amount: number;
      readonly currency: string;
      readonly invoiceMessageId?: number;
      readonly recurring?: 'used' | 'init';
    }
  | { readonly action: 'phone_call'; readonly durationSeconds?: number; readonly discardReason?: string }
  | {
      readonly action: 'conference_call';
      readonly durationSeconds?: number;
      readonly isActive: boolean;
      readonly isMissed: boolean;
    }
  | { readonly action: 'custom'; readonly informationText: string }
  | {
      readonly action: 'allow_sending_messages';
      readonly appId?: string;
      readonly appName?: string;
      readonly domain?: string;
    }
  | { readonly action: 'send_passport_values'; readonly values: readonly string[] }
  | {
      readonly action: 'proximity_reached';
      readonly fromId: PeerId;
      readonly toId: PeerId;
      /** Metres. */
      readonly distance: number;
    }
  | { readonly action: 'group_call'; readonly durationSeconds?: number }
  | { readonly action: 'set_messages_ttl'; readonly periodSeconds: number }
  | { readonly action: 'group_call_scheduled'; readonly scheduleDateMs: number }
  | { readonly action: 'edit_chat_theme'; readonly emoticon?: string }
  | { readonly action: 'send_webview_data'; readonly text: string }
  | {
      readonly action: 'send_premium_gift';
      readonly amount?: number;
      readonly currency?: string;
      readonly months?: number;
      readonly days?: number;
    }
  | { readonly action: 'requested_peer'; readonly buttonId: number; readonly peerIds: readonly PeerId[] }
  | {
      readonly action: 'gift_code_prize';
      readonly code: string;
      readonly boostPeerId?: PeerId;
      readonly months?: number;
      readonly unclaimed: boolean;
      readonly viaGiveaway: boolean;
    }
  | {
      readonly action: 'giveaway_results';
      readonly winners: number;
      readonly unclaimed: number;
      readonly stars: boolean;
    }
  | { readonly action: 'boost_apply'; readonly boosts: number }
  | {
      readonly action: 'refunded_payment';
      readonly amount: number;
      readonly currency: string;
      readonly peerId: PeerId;
      readonly chargeId: string;
    }
  | {
      readonly action: 'send_stars_gift' | 'send_ton_gift';
      readonly amount?: number;
      readonly currency?: string;
      readonly gift: StarsAmount;
    }
  | {
      readonly action: 'stars_prize';
      readonly boostPeerId: PeerId;
      readonly stars: number;
      readonly isUnclaimed: boolean;
      readonly giveawayMessageId: number;
      readonly transactionId: string;
    }
  | {
      readonly action: 'send_star_gift';
      readonly giftId: string;
      readonly stars: number;
      readonly isLimited: boolean;
      readonly isAnonymous: boolean;
      readonly text: FormattedText;
    }
  | { readonly action: 'paid_messages_refund'; readonly messageCount: number; readonly stars: number }
  | {
      readonly action: 'paid_messages_price_change';
      readonly stars: number;
      readonly broadcastMessagesAllowed: boolean;
    }
  | {
      readonly action: 'todo_completions';
      readonly completedIds: readonly number[];
      readonly incompletedIds: readonly number[];
    }
  | {
      readonly action: 'todo_append_tasks';
      readonly items: readonly { readonly id: number; readonly text: FormattedText }[];
    }
  | {
      readonly action:
        | 'edit_group_photo'
        | 'suggest_profile_photo'
        | 'delete_group_photo'
        | 'clear_history'
        | 'migrate_to_supergroup'
        | 'take_screenshot'
        | 'joined_telegram'
        | 'requested_phone_number'
        | 'join_group_by_request'
        | 'attach_menu_bot_allowed'
        | 'web_app_bot_allowed'
        | 'giveaway_launch';
    }
  /** An action that has no variant here yet. `constructorName` is Telegram's; the raw bytes have the rest. */
  | { readonly action: 'other'; readonly constructorName: string };
