/**
 * Version 1 of the database. docs/ARCHIVE.md explains it to readers.
 *
 * Each object is in one JSON column `data`, with the field names of `src/chat`, except for fields that have their own
 * column. Generated columns read that JSON and take no space. {@link searchText} prepares text for the index. SQLite
 * cannot call it, so the index has no content table.
 */
export const SCHEMA_1: string = `
CREATE TABLE chats (
  id TEXT PRIMARY KEY,
  folder TEXT NOT NULL UNIQUE,
  cursor INTEGER,
  data TEXT NOT NULL,
  kind TEXT AS (data ->> 'kind') VIRTUAL,
  title TEXT AS (data ->> 'title') VIRTUAL,
  last_name TEXT AS (data ->> 'lastName') VIRTUAL,
  username TEXT AS (data ->> 'username') VIRTUAL
) WITHOUT ROWID;

CREATE TABLE senders (
  id TEXT PRIMARY KEY,
  data TEXT NOT NULL,
  name TEXT AS (data ->> 'name') VIRTUAL,
  last_name TEXT AS (data ->> 'lastName') VIRTUAL,
  username TEXT AS (data ->> 'username') VIRTUAL,
  is_bot INTEGER AS (data ->> 'isBot') VIRTUAL,
  is_deleted INTEGER AS (data ->> 'isDeleted') VIRTUAL
) WITHOUT ROWID;

CREATE TABLE messages (
  key INTEGER PRIMARY KEY,
  chat_id TEXT NOT NULL REFERENCES chats (id),
  id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  date_ms INTEGER NOT NULL,
  sender_id TEXT,
  text TEXT NOT NULL,
  data TEXT NOT NULL,
  layer INTEGER,
  tl BLOB,
  edit_date_ms INTEGER AS (data ->> 'editDateMs') VIRTUAL,
  reply_to_id INTEGER AS (data ->> '$.reply.messageId') VIRTUAL,
  forward_from_id TEXT AS (data ->> '$.forward.fromId') VIRTUAL,
  album_id TEXT AS (data ->> 'albumId') VIRTUAL,
  topic_id INTEGER AS (data ->> 'topicId') VIRTUAL,
  view_count INTEGER AS (data ->> 'viewCount') VIRTUAL,
  is_pinned INTEGER AS (data ->> 'isPinned') VIRTUAL,
  service_action TEXT AS (data ->> '$.service.action') VIRTUAL,
  content_kind TEXT AS (data ->> '$.content.kind') VIRTUAL
);
CREATE UNIQUE INDEX messages_by_id ON messages (chat_id, id);
CREATE INDEX messages_unreadable ON messages (chat_id, id) WHERE kind IN ('unsupported', 'undecoded');

CREATE TABLE files (
  sha256 TEXT PRIMARY KEY,
  size_bytes INTEGER NOT NULL,
  kind TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE media (
  chat_id TEXT NOT NULL,
  message_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('stored', 'failed', 'skipped')),
  path TEXT,
  sha256 TEXT REFERENCES files (sha256),
  code TEXT,
  reason TEXT,
  data TEXT NOT NULL,
  kind TEXT AS (data ->> 'kind') VIRTUAL,
  role TEXT AS (data ->> 'role') VIRTUAL,
  remote_id TEXT AS (data ->> 'remoteId') VIRTUAL,
  size_bytes INTEGER AS (data ->> 'sizeBytes') VIRTUAL,
  mime_type TEXT AS (data ->> 'mimeType') VIRTUAL,
  file_name TEXT AS (data ->> 'fileName') VIRTUAL,
  width INTEGER AS (data ->> 'width') VIRTUAL,
  height INTEGER AS (data ->> 'height') VIRTUAL,
  duration_seconds REAL AS (data ->> 'durationSeconds') VIRTUAL,
  PRIMARY KEY (chat_id, message_id, position),
  FOREIGN KEY (chat_id, message_id) REFERENCES messages (chat_id, id) ON DELETE CASCADE,
  CHECK ((state = 'stored') = (path IS NOT NULL AND sha256 IS NOT NULL))
) WITHOUT ROWID;
CREATE INDEX media_stored_by_remote_id ON media (remote_id) WHERE state = 'stored';
CREATE INDEX media_by_sha256 ON media (sha256) WHERE sha256 IS NOT NULL;
CREATE INDEX media_failed ON media (chat_id, message_id) WHERE state = 'failed';
CREATE INDEX media_skipped ON media (chat_id, message_id, position) WHERE state = 'skipped';

CREATE TABLE runs (
  id INTEGER PRIMARY KEY,
  started_at_ms INTEGER NOT NULL,
  ended_at_ms INTEGER,
  outcome TEXT,
  start TEXT NOT NULL,
  "end" TEXT,
  command TEXT AS (start ->> 'command') VIRTUAL,
  chat_id TEXT AS (start ->> 'chatId') VIRTUAL,
  message_count INTEGER AS ("end" ->> 'messageCount') VIRTUAL,
  media_count INTEGER AS ("end" ->> 'mediaCount') VIRTUAL,
  failed_media_count INTEGER AS ("end" ->> 'failedMediaCount') VIRTUAL
);

CREATE VIRTUAL TABLE message_search USING fts5 (
  text, names,
  content = '', contentless_delete = 1,
  tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co M*'"
);
`;

/** Version 2: the finished parts of files that are being downloaded. */
export const SCHEMA_2: string = `
CREATE TABLE partial_files (
  folder TEXT NOT NULL,
  remote_id TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  dc_id INTEGER NOT NULL,
  part_bytes INTEGER NOT NULL,
  PRIMARY KEY (folder, remote_id)
) WITHOUT ROWID;

CREATE TABLE parts (
  folder TEXT NOT NULL,
  remote_id TEXT NOT NULL,
  "offset" INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  crc32 INTEGER NOT NULL,
  PRIMARY KEY (folder, remote_id, "offset"),
  FOREIGN KEY (folder, remote_id) REFERENCES partial_files (folder, remote_id) ON DELETE CASCADE
) WITHOUT ROWID;
`;

/** Version 3: files that have their final names but no rows yet. */
export const SCHEMA_3: string = `
CREATE TABLE placements (
  remote_id TEXT NOT NULL,
  folder TEXT NOT NULL,
  path TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  PRIMARY KEY (remote_id, folder)
) WITHOUT ROWID;
`;

/** Version 4: descriptions and derivatives of contents, per chat. */
export const SCHEMA_4: string = `
CREATE INDEX files_by_size ON files (size_bytes);

CREATE TABLE descriptions (
  chat_id TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  recipe TEXT NOT NULL,
  data TEXT NOT NULL,
  kind TEXT AS (data ->> '$.content.kind') VIRTUAL,
  mime_type TEXT AS (data ->> '$.content.mimeType') VIRTUAL,
  width INTEGER AS (data ->> '$.facts.width') VIRTUAL,
  height INTEGER AS (data ->> '$.facts.height') VIRTUAL,
  duration_seconds REAL AS (data ->> '$.facts.durationSeconds') VIRTUAL,
  taken_at TEXT AS (data ->> '$.facts.takenAt') VIRTUAL,
  placeholder TEXT AS (data ->> 'placeholder') VIRTUAL,
  problem_count INTEGER AS (coalesce(json_array_length(data, '$.problems'), 0)) VIRTUAL,
  PRIMARY KEY (chat_id, sha256)
) WITHOUT ROWID;
CREATE INDEX descriptions_by_sha256 ON descriptions (sha256);
CREATE INDEX descriptions_with_problems ON descriptions (chat_id) WHERE problem_count > 0;

CREATE TABLE derivatives (
  chat_id TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  kind TEXT NOT NULL,
  path TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  mime_type TEXT NOT NULL,
  width INTEGER,
  height INTEGER,
  PRIMARY KEY (chat_id, sha256, kind),
  FOREIGN KEY (chat_id, sha256) REFERENCES descriptions (chat_id, sha256) ON DELETE CASCADE
) WITHOUT ROWID;
`;

/**
 * Version 5: media whose original was replaced by a smaller copy. Path, hash and size are those of the copy. Hash and
 * size of the original are kept, so that it is not fetched again. `original_path` is set until that file is removed.
 */
export const SCHEMA_5: string = `
ALTER TABLE media ADD COLUMN original_sha256 TEXT;
ALTER TABLE media ADD COLUMN original_size_bytes INTEGER;
ALTER TABLE media ADD COLUMN original_path TEXT;
CREATE INDEX media_by_original ON media (original_sha256, original_size_bytes) WHERE original_sha256 IS NOT NULL;
CREATE INDEX media_by_original_path ON media (chat_id) WHERE original_path IS NOT NULL;
`;

/**
 * Version 6: accounts, and their cursors in each chat. The id of a chat whose message ids belong to an account contains
 * the account (`ChatId`). Chats of older archives have account `?` until the next export determines it.
 * `migrated_account_id` is the account that the messages with negative ids come from. `server_count`, `archive_count`
 * and `checked_at_ms` record the last comparison of the server's message count with that of the archive.
 */
export const SCHEMA_6: string = `
PRAGMA defer_foreign_keys = ON;

CREATE TABLE accounts (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  username TEXT,
  is_bot INTEGER NOT NULL,
  first_export_ms INTEGER NOT NULL,
  last_export_ms INTEGER NOT NULL
) WITHOUT ROWID;

UPDATE chats SET id = 'account?/' || id WHERE id NOT GLOB 'channel*';
UPDATE messages SET chat_id = 'account?/' || chat_id WHERE chat_id NOT GLOB 'channel*';
UPDATE media SET chat_id = 'account?/' || chat_id WHERE chat_id NOT GLOB 'channel*';
UPDATE descriptions SET chat_id = 'account?/' || chat_id WHERE chat_id NOT GLOB 'channel*';
UPDATE derivatives SET chat_id = 'account?/' || chat_id WHERE chat_id NOT GLOB 'channel*';
UPDATE runs SET start = json_set(start, '$.chatId', 'account?/' || chat_id) WHERE chat_id NOT GLOB 'channel*';

CREATE TABLE chat_accounts (
  chat_id TEXT NOT NULL REFERENCES chats (id),
  account_id TEXT NOT NULL,
  cursor INTEGER,
  first_message_id INTEGER,
  first_seen_ms INTEGER,
  last_seen_ms INTEGER,
  last_run_id INTEGER REFERENCES runs (id),
  server_count INTEGER,
  archive_count INTEGER,
  checked_at_ms INTEGER,
  PRIMARY KEY (chat_id, account_id)
) WITHOUT ROWID;
INSERT INTO chat_accounts (chat_id, account_id, cursor, first_message_id)
  SELECT id, '?', cursor, (SELECT min(id) FROM messages WHERE chat_id = chats.id) FROM chats;

ALTER TABLE chats DROP COLUMN cursor;
ALTER TABLE chats ADD COLUMN migrated_account_id TEXT;
ALTER TABLE chats ADD COLUMN peer_id TEXT AS (substr(id, instr(id, '/') + 1)) VIRTUAL;
ALTER TABLE chats ADD COLUMN account_id TEXT AS (CASE WHEN id GLOB 'account*' THEN substr(id, 8, instr(id, '/') - 8) END) VIRTUAL;
CREATE INDEX chats_by_peer ON chats (peer_id);
CREATE INDEX chats_without_account ON chats (id) WHERE id GLOB 'account[?]/*' OR migrated_account_id = '?';
UPDATE chats SET migrated_account_id = '?'
  WHERE id GLOB 'channel*' AND EXISTS (SELECT 1 FROM messages WHERE chat_id = chats.id AND id < 0);

ALTER TABLE runs ADD COLUMN account_id TEXT AS (start ->> 'account') VIRTUAL;
`;
