import type { Chat } from '../../chat/chat.js';

/**
 * Differences between the archive and the disk. All but `stray` are damage.
 *
 * - `database`: SQLite's integrity check, foreign keys, inconsistent rows, the search index.
 * - `folder`: the folder of a chat is missing or has another name.
 * - `missing`, `size`, `content`: a stored file is missing, has a different size, or a different SHA-256.
 * - `unreadable`: the file cannot be read.
 * - `owed`: an earlier check found the damage, and no export has fetched the file since.
 * - `derivative`: a thumbnail, poster or copy is missing or has a different size.
 * - `stray`: a file that no row names.
 */
export type FindingKind =
  'database' | 'folder' | 'missing' | 'size' | 'content' | 'unreadable' | 'owed' | 'derivative' | 'stray';

export interface Finding {
  readonly kind: FindingKind;
  /** One sentence for users. */
  readonly text: string;
  readonly chatId?: Chat['id'];
  readonly messageId?: number;
  /** Relative to the archive, with `/` on every platform. */
  readonly path?: string;
}

/** Whether something is lost; a stray file is only superfluous. */
export function isDamage({ kind }: Finding): boolean {
  return kind !== 'stray';
}
