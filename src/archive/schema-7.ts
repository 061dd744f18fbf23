/**
 * Version 7: the source of records. Cursors are per chat, account and source. `message_versions` has the records of a
 * message that `messages` does not show, and `version_media` their media. `tombstones` lists the messages that a source
 * no longer has. docs/ARCHIVE.md has the rule.
 */
export const SCHEMA_7: string = `
ALTER TABLE messages ADD COLUMN source TEXT NOT NULL DEFAULT 'telegram';

CREATE TABLE message_versions (
  chat_id TEXT NOT NULL,
  message_id INTEGER NOT NULL,
  source TEXT NOT NULL,
  version_ms INTEGER NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('base', 'other', 'superseded')),
  kind TEXT NOT NULL,
  date_ms INTEGER NOT NULL,
  sender_id TEXT,
  text TEXT NOT NULL,
  data TEXT NOT NULL,
  layer INTEGER,
  tl BLOB,
  PRIMARY KEY (chat_id, message_id, source, version_ms),
  FOREIGN KEY (chat_id, message_id) REFERENCES messages (chat_id, id) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE version_media (
  chat_id TEXT NOT NULL,
  message_id INTEGER NOT NULL,
  source TEXT NOT NULL,
  version_ms INTEGER NOT NULL,
  position INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('stored', 'failed', 'skipped')),
  path TEXT,
  sha256 TEXT,
  code TEXT,
  reason TEXT,
  data TEXT NOT NULL,
  original_sha256 TEXT,
  original_size_bytes INTEGER,
  file_size_bytes INTEGER,
  PRIMARY KEY (chat_id, message_id, source, version_ms, position),
  FOREIGN KEY (chat_id, message_id, source, version_ms)
    REFERENCES message_versions (chat_id, message_id, source, version_ms) ON DELETE CASCADE,
  CHECK ((state = 'stored') = (path IS NOT NULL AND sha256 IS NOT NULL))
) WITHOUT ROWID;
CREATE INDEX version_media_by_path ON version_media (chat_id, path) WHERE path IS NOT NULL;

CREATE TABLE tombstones (
  chat_id TEXT NOT NULL REFERENCES chats (id),
  message_id INTEGER NOT NULL,
  source TEXT NOT NULL,
  noticed_at_ms INTEGER NOT NULL,
  PRIMARY KEY (chat_id, message_id, source)
) WITHOUT ROWID;

CREATE TABLE chat_accounts_7 (
  chat_id TEXT NOT NULL REFERENCES chats (id),
  account_id TEXT NOT NULL,
  source TEXT NOT NULL DEFAULT 'telegram',
  cursor INTEGER,
  first_message_id INTEGER,
  first_seen_ms INTEGER,
  last_seen_ms INTEGER,
  last_run_id INTEGER REFERENCES runs (id),
  server_count INTEGER,
  archive_count INTEGER,
  checked_at_ms INTEGER,
  PRIMARY KEY (chat_id, account_id, source)
) WITHOUT ROWID;
INSERT INTO chat_accounts_7 SELECT chat_id, account_id, 'telegram', cursor, first_message_id, first_seen_ms, last_seen_ms,
  last_run_id, server_count, archive_count, checked_at_ms FROM chat_accounts;
DROP TABLE chat_accounts;
ALTER TABLE chat_accounts_7 RENAME TO chat_accounts;
`;
