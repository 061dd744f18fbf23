import {
  amount,
  anything,
  bytes,
  count,
  flag,
  isInt64,
  list,
  messageId,
  orNull,
  peer,
  record,
  row,
  type Shape,
  text,
  time,
  whole,
  wordOf,
} from './shape.js';
import { CONTENT, FORMATTED, SERVICE, TEXT_ENTITIES } from './content-shapes.js';
import { isSourceName } from '../../chat/source-name.js';
import { remoteIdProblem } from './unchecked-text.js';

/** The shapes of the JSON in an archive, after the types of `src/chat`, and of the other columns. */

export const MEDIA_KIND: Shape = wordOf(
  ...[
    'photo',
    'video',
    'round-video',
    'voice',
    'audio',
    'animation',
    'sticker',
    'document',
    'contact-card',
    'thumbnail',
  ],
);
const CHAT_ID = /^(?:channel\d{1,20}|account(?:\d{1,20}|\?)\/(?:user|chat)\d{1,20})$/;
const chatId: Shape = (value) => (isChatId(value) ? undefined : ' is not a chat id');
const source: Shape = (value) => (isSourceName(value) ? undefined : ' is not a source name');
const remoteId: Shape = (value) =>
  remoteIdProblem(value) === undefined ? undefined : ' is not the id of a remote file';

const FORWARD: Shape = record({
  'fromId?': peer,
  'fromName?': text,
  'dateMs?': time,
  'messageId?': whole,
  'postAuthor?': text,
  'savedFromId?': peer,
  'savedFromMessageId?': whole,
});

const REPLY: Shape = record({
  'messageId?': whole,
  'chatId?': peer,
  'threadId?': whole,
  'quote?': FORMATTED,
  'origin?': FORWARD,
  'storyId?': whole,
});

const REACTION: Shape = record({
  kind: wordOf('emoji', 'custom-emoji', 'paid', 'empty'),
  count: whole,
  'emoji?': text,
  'documentId?': text,
  'chosenByMe?': flag,
  'recent?': list(record({ senderId: peer, dateMs: time })),
});

const BUTTON: Shape = record({
  type: text,
  text,
  'data?': text,
  'dataBase64?': text,
  'forwardText?': text,
  'buttonId?': text,
});

export const MESSAGE_ROW: Shape = row({
  chat_id: text,
  id: messageId,
  kind: wordOf('message', 'service', 'unsupported', 'undecoded'),
  date_ms: time,
  sender_id: orNull(peer),
  text,
  layer: orNull(whole),
  tl: orNull(bytes),
  source,
});

export const VERSION_ROW: Shape = row({ version_ms: time, role: wordOf('base', 'other', 'superseded') });

export const TOMBSTONE_ROW: Shape = row({ message_id: messageId, source, noticed_at_ms: time });

export const MESSAGE_DATA: Shape = record({
  'editDateMs?': time,
  'postAuthor?': text,
  'reply?': REPLY,
  'forward?': FORWARD,
  'viaBotId?': peer,
  'albumId?': text,
  'topicId?': whole,
  'viewCount?': whole,
  'forwardCount?': whole,
  'replyCount?': whole,
  'isOutgoing?': flag,
  'isPinned?': flag,
  'isSilent?': flag,
  'reactions?': list(REACTION),
  'content?': CONTENT,
  'buttons?': list(list(BUTTON)),
  'service?': SERVICE,
  'entities?': TEXT_ENTITIES,
  'exactText?': text,
});

/** A row of which only the message id is read. */
export const MESSAGE_ID_ROW: Shape = row({ message_id: messageId });

/** A row that serves to recognise an account. */
export const PEER_ROW: Shape = row({ peer_id: peer });
export const SENDER_ROW: Shape = row({ sender_id: peer });
export const SAMPLE_ROW: Shape = row({ id: messageId, peer_id: peer, date_ms: time });

export const MEDIA_ROW: Shape = row({
  message_id: messageId,
  position: count,
  code: orNull(text),
  reason: orNull(text),
  file_size_bytes: orNull(count),
  original_size_bytes: orNull(count),
});

export const MEDIA_DATA: Shape = record({
  kind: MEDIA_KIND,
  role: wordOf('main', 'thumbnail', 'web-page', 'paid', 'story', 'chat-photo', 'cover'),
  'remoteId?': remoteId,
  'sizeBytes?': amount,
  'leastBytes?': amount,
  'mimeType?': text,
  'fileName?': text,
  'width?': amount,
  'height?': amount,
  'durationSeconds?': amount,
  'performer?': text,
  'title?': text,
  'stickerEmoji?': text,
  'hasSpoiler?': flag,
  'ttlSeconds?': amount,
  'waveform?': text,
  'inlineContent?': text,
  'unavailableReason?': text,
});

export const SKIPPED_ROW: Shape = row({
  message_id: messageId,
  position: count,
  kind: MEDIA_KIND,
  size_bytes: orNull(amount),
  least_bytes: orNull(amount),
});

export const CHAT_ROW: Shape = row({
  id: chatId,
  migrated_account_id: orNull((value) =>
    typeof value === 'string' && /^(?:\d{1,20}|\?)$/.test(value) ? undefined : ' is not an account id',
  ),
});

export const CHAT_DATA: Shape = record({
  kind: wordOf(
    ...['saved-messages', 'replies', 'verification-codes', 'private', 'bot'],
    ...['basic-group', 'supergroup', 'forum', 'channel'],
  ),
  title: text,
  'lastName?': text,
  'username?': text,
  isPublic: flag,
  'memberCount?': whole,
  'messageCount?': whole,
  'migratedFrom?': peer,
  'migratedMessageCount?': whole,
  'lastMessageDateMs?': time,
});

export const SENDER_DATA: Shape = record({
  'name?': text,
  'lastName?': text,
  'username?': text,
  'isBot?': flag,
  'isDeleted?': flag,
});

export const RUN_ROW: Shape = row({ id: whole, started_at_ms: time, ended_at_ms: orNull(time), outcome: orNull(text) });

export const RUN_START: Shape = record({
  command: text,
  'chatId?': text,
  'account?': text,
  'version?': text,
  'mode?': text,
});

export const RUN_END: Shape = record({
  messageCount: whole,
  mediaCount: whole,
  failedMediaCount: whole,
  'storedBytes?': amount,
  'errorMessage?': text,
  'report?': anything,
});

export const ACCOUNT_ROW: Shape = row({
  id: text,
  name: text,
  username: orNull(text),
  first_export_ms: time,
  last_export_ms: time,
});

export const CHAT_ACCOUNT_ROW: Shape = row({
  account_id: text,
  source,
  cursor: orNull(messageId),
  first_message_id: orNull(messageId),
  first_seen_ms: orNull(time),
  last_seen_ms: orNull(time),
  last_run_id: orNull(whole),
  server_count: orNull(whole),
  archive_count: orNull(whole),
  checked_at_ms: orNull(time),
});

function isChatId(value: unknown): boolean {
  return typeof value === 'string' && CHAT_ID.test(value) && (value.match(/\d+/g) ?? []).every(isInt64);
}
