import type { Api } from 'telegram';

import { peerId, type PeerId } from '../../../../chat/peer.js';
import type { ServiceAction } from '../../../../chat/service-action.js';
import { filled, present } from '../convert-absent.js';
import { channelPeer, convertPeer, userPeer } from '../convert-peer.js';
import { convertPassportType } from './convert-service-passport.js';
import { otherAction, type ActionTable } from './convert-service-table.js';

/** The names that Telegram Desktop uses, except for the last, which Telegram Desktop does not know. */
const DISCARD_REASONS: Readonly<Record<Api.TypePhoneCallDiscardReason['className'], string>> = {
  PhoneCallDiscardReasonMissed: 'missed',
  PhoneCallDiscardReasonDisconnect: 'disconnect',
  PhoneCallDiscardReasonHangup: 'hangup',
  PhoneCallDiscardReasonBusy: 'busy',
  PhoneCallDiscardReasonAllowGroupCall: 'allow_group_call',
};

/** Actions of people and bots in a chat: calls, pins, themes, timers, and data sent to a bot. */
export const TALK_ACTIONS: ActionTable<
  | 'MessageActionEmpty'
  | 'MessageActionPinMessage'
  | 'MessageActionHistoryClear'
  | 'MessageActionScreenshotTaken'
  | 'MessageActionContactSignUp'
  | 'MessageActionCustomAction'
  | 'MessageActionGameScore'
  | 'MessageActionPhoneCall'
  | 'MessageActionGroupCall'
  | 'MessageActionGroupCallScheduled'
  | 'MessageActionInviteToGroupCall'
  | 'MessageActionSetMessagesTTL'
  | 'MessageActionSetChatTheme'
  | 'MessageActionSetChatWallPaper'
  | 'MessageActionSuggestProfilePhoto'
  | 'MessageActionGeoProximityReached'
  | 'MessageActionBotAllowed'
  | 'MessageActionSecureValuesSent'
  | 'MessageActionSecureValuesSentMe'
  | 'MessageActionWebViewDataSent'
  | 'MessageActionWebViewDataSentMe'
  | 'MessageActionRequestedPeer'
  | 'MessageActionRequestedPeerSentMe'
> = {
  MessageActionEmpty: otherAction,
  // The pinned message is the one that the service message replies to. 0 means that it was deleted.
  MessageActionPinMessage: (_, reply) =>
    present<ServiceAction>({ action: 'pin_message', messageId: reply?.messageId ?? 0, peerId: reply?.chatId }),
  MessageActionHistoryClear: () => ({ action: 'clear_history' }),
  MessageActionScreenshotTaken: () => ({ action: 'take_screenshot' }),
  MessageActionContactSignUp: () => ({ action: 'joined_telegram' }),
  MessageActionCustomAction: ({ message }) => ({ action: 'custom', informationText: message }),
  MessageActionGameScore: ({ score }, reply) => ({
    action: 'score_in_game',
    gameMessageId: reply?.messageId ?? 0,
    score,
  }),
  MessageActionPhoneCall: ({ duration, reason }) =>
    present<ServiceAction>({
      action: 'phone_call',
      durationSeconds: duration,
      discardReason: reason == null ? undefined : DISCARD_REASONS[reason.className],
    }),
  MessageActionGroupCall: ({ duration }) => present<ServiceAction>({ action: 'group_call', durationSeconds: duration }),
  MessageActionGroupCallScheduled: ({ scheduleDate }) => ({
    action: 'group_call_scheduled',
    scheduleDateMs: scheduleDate * 1000,
  }),
  MessageActionInviteToGroupCall: ({ users }) => ({ action: 'invite_to_group_call', memberIds: users.map(userPeer) }),
  MessageActionSetMessagesTTL: ({ period }) => ({ action: 'set_messages_ttl', periodSeconds: period }),
  MessageActionSetChatTheme: ({ emoticon }) =>
    present<ServiceAction>({ action: 'edit_chat_theme', emoticon: filled(emoticon) }),
  MessageActionSetChatWallPaper: ({ same }, reply) =>
    present<ServiceAction>({
      action: same === true ? 'set_same_chat_wallpaper' : 'set_chat_wallpaper',
      messageId: reply?.messageId,
    }),
  MessageActionSuggestProfilePhoto: () => ({ action: 'suggest_profile_photo' }),
  MessageActionGeoProximityReached: ({ fromId, toId, distance }) => ({
    action: 'proximity_reached',
    fromId: convertPeer(fromId),
    toId: convertPeer(toId),
    distance,
  }),
  MessageActionBotAllowed: convertBotAllowed,
  MessageActionSecureValuesSent: ({ types }) => ({
    action: 'send_passport_values',
    values: types.map(convertPassportType),
  }),
  // Actions whose names end in Me are the same events from the view of a bot.
  MessageActionSecureValuesSentMe: ({ values }) => ({
    action: 'send_passport_values',
    values: values.map(({ type }) => convertPassportType(type)),
  }),
  MessageActionWebViewDataSent: ({ text }) => ({ action: 'send_webview_data', text }),
  MessageActionWebViewDataSentMe: ({ text }) => ({ action: 'send_webview_data', text }),
  MessageActionRequestedPeer: ({ buttonId, peers }) => ({
    action: 'requested_peer',
    buttonId,
    peerIds: peers.map(convertPeer),
  }),
  MessageActionRequestedPeerSentMe: ({ buttonId, peers }) => ({
    action: 'requested_peer',
    buttonId,
    peerIds: peers.map(convertRequestedPeer),
  }),
};

function convertBotAllowed({ attachMenu, fromRequest, app, domain }: Api.MessageActionBotAllowed): ServiceAction {
  if (attachMenu === true) {
    return { action: 'attach_menu_bot_allowed' };
  }
  if (fromRequest === true) {
    return { action: 'web_app_bot_allowed' };
  }
  const known = app?.className === 'BotApp' ? app : undefined;
  return present<ServiceAction>({
    action: 'allow_sending_messages',
    appId: known?.id.toString(),
    appName: known?.title,
    domain,
  });
}

function convertRequestedPeer(peer: Api.TypeRequestedPeer): PeerId {
  switch (peer.className) {
    case 'RequestedPeerUser':
      return userPeer(peer.userId);
    case 'RequestedPeerChat':
      return peerId('chat', peer.chatId.toString());
    case 'RequestedPeerChannel':
      return channelPeer(peer.channelId);
  }
}
