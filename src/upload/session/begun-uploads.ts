import type { Database } from '../../disk/sqlite/database.js';
import type { RemoteUpload } from '../upload-target.js';

export const BEGUN_SCHEMA = `
  CREATE TABLE IF NOT EXISTS begun (
    target TEXT NOT NULL, remote TEXT NOT NULL, session_id TEXT NOT NULL, PRIMARY KEY (target, remote)) STRICT;
`;

/** An upload that was begun from here. */
export interface BegunUpload {
  readonly remote: RemoteUpload;
  /** The session that began it. It may be lost by now, or have begun another upload. */
  readonly sessionId: string;
}

/**
 * Uploads to one target that were begun here and are not known to have ended. If a session is lost, this record
 * distinguishes our uploads from those of others, which the target's list does not.
 */
export interface BegunUploads {
  note(begun: BegunUpload): void;
  /** Records that an upload was completed or aborted. */
  ended(remote: RemoteUpload): void;
  list(): readonly BegunUpload[];
}

interface BegunRow {
  readonly remote: string;
  readonly session_id: string;
}

/** @param database - With the table of {@link BEGUN_SCHEMA}. */
export function begunUploads(database: Database, target: string): BegunUploads {
  return {
    note: ({ remote, sessionId }) => {
      database
        .prepare('INSERT OR REPLACE INTO begun (target, remote, session_id) VALUES (?, ?, ?)')
        .run(target, textOf(remote), sessionId);
    },
    ended: (remote) => {
      database.prepare('DELETE FROM begun WHERE target = ? AND remote = ?').run(target, textOf(remote));
    },
    list: () =>
      database
        .prepare<BegunRow>('SELECT remote, session_id FROM begun WHERE target = ?')
        .all(target)
        .map(({ remote, session_id: sessionId }) => ({ remote: JSON.parse(remote) as RemoteUpload, sessionId })),
  };
}

/** The same text for the same upload, whatever the order of its properties. */
function textOf(remote: RemoteUpload): string {
  return JSON.stringify(Object.fromEntries(Object.entries(remote).sort(([one], [other]) => (one < other ? -1 : 1))));
}
