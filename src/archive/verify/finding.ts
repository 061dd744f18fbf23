import type { Chat } from '../../chat/chat.js';

/**
 * What is not as the archive has it. All but `stray` are damage.
 *
 * - `database`: SQLite's own check, foreign keys, rows that contradict each other, the search index.
 * - `folder`: the folder of a chat is gone or has another name.
 * - `missing`, `size`, `content`: a stored file is gone, is shorter or longer, has other bytes than its SHA-256 says.
 * - `unreadable`: the system does not let it be read.
 * - `owed`: was found by an earlier look, and no export has fetched it since.
 * - `derivative`: a thumbnail, poster or copy is gone, shorter or longer.
 * - `stray`: a file that no row names.
 */
export type FindingKind =
  'database' | 'folder' | 'missing' | 'size' | 'content' | 'unreadable' | 'owed' | 'derivative' | 'stray';

export interface Finding {
  readonly kind: FindingKind;
  /** For people, one sentence. */
  readonly text: string;
  readonly chatId?: Chat['id'];
  readonly messageId?: number;
  /** Relative to the archive, with `/` on every platform. */
  readonly path?: string;
}

/** Whether something is lost, rather than too much there. */
export function isDamage({ kind }: Finding): boolean {
  return kind !== 'stray';
}
