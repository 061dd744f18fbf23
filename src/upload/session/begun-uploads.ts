import type { Database } from '../../disk/sqlite/database.js';
import type { RemoteUpload } from '../upload-target.js';

export const BEGUN_SCHEMA = `
  CREATE TABLE IF NOT EXISTS begun (
    target TEXT NOT NULL, remote TEXT NOT NULL, session_id TEXT NOT NULL, PRIMARY KEY (target, remote)) STRICT;
`;

/** An upload that was begun from here. */
export interface BegunUpload {
  readonly remote: RemoteUpload;
  /** Of the session that had it. It may be lost by now, or have begun another. */
  readonly sessionId: string;
}

/**
 * Uploads to one target that were begun here and are not known to have ended. If a session is lost, they tell our uploads
 * from those of others, because the target's list does not say whose they are.
 */
export interface BegunUploads {
  note(begun: BegunUpload): void;
  /** It was completed or given up. */
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

/** The same for the same upload, in whatever order its facts stand. */
function textOf(remote: RemoteUpload): string {
  return JSON.stringify(Object.fromEntries(Object.entries(remote).sort(([one], [other]) => (one < other ? -1 : 1))));
}
