import type { ServiceAction } from '../../../../chat/service-action.js';
import { present } from '../convert-absent.js';
import { userPeer } from '../convert-peer.js';
import type { ActionTable } from './convert-service-table.js';

/** Actions on a group or channel, its members and its topics. */
export const GROUP_ACTIONS: ActionTable<
  | 'MessageActionChatCreate'
  | 'MessageActionChatEditTitle'
  | 'MessageActionChatEditPhoto'
  | 'MessageActionChatDeletePhoto'
  | 'MessageActionChatAddUser'
  | 'MessageActionChatDeleteUser'
  | 'MessageActionChatJoinedByLink'
  | 'MessageActionChatJoinedByRequest'
  | 'MessageActionChannelCreate'
  | 'MessageActionChatMigrateTo'
  | 'MessageActionChannelMigrateFrom'
  | 'MessageActionTopicCreate'
  | 'MessageActionTopicEdit'
  | 'MessageActionBoostApply'
> = {
  MessageActionChatCreate: ({ title, users }) => ({ action: 'create_group', title, memberIds: users.map(userPeer) }),
  MessageActionChatEditTitle: ({ title }) => ({ action: 'edit_group_title', title }),
  MessageActionChatEditPhoto: () => ({ action: 'edit_group_photo' }),
  MessageActionChatDeletePhoto: () => ({ action: 'delete_group_photo' }),
  MessageActionChatAddUser: ({ users }) => ({ action: 'invite_members', memberIds: users.map(userPeer) }),
  MessageActionChatDeleteUser: ({ userId }) => ({ action: 'remove_members', memberIds: [userPeer(userId)] }),
  MessageActionChatJoinedByLink: ({ inviterId }) => ({
    action: 'join_group_by_link',
    inviterId: userPeer(inviterId),
  }),
  MessageActionChatJoinedByRequest: () => ({ action: 'join_group_by_request' }),
  MessageActionChannelCreate: ({ title }) => ({ action: 'create_channel', title }),
  MessageActionChatMigrateTo: () => ({ action: 'migrate_to_supergroup' }),
  MessageActionChannelMigrateFrom: ({ title }) => ({ action: 'migrate_from_group', title }),
  MessageActionTopicCreate: ({ title }) => ({ action: 'topic_created', title }),
  MessageActionTopicEdit: ({ title, iconEmojiId }) =>
    present<ServiceAction>({
      action: 'topic_edit',
      newTitle: title,
      newIconEmojiId: iconEmojiId == null ? undefined : iconEmojiId.toString(),
    }),
  MessageActionBoostApply: ({ boosts }) => ({ action: 'boost_apply', boosts }),
};
