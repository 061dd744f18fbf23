import type { Account } from '../../chat/account.js';
import type { AccountId } from '../../chat/chat-id.js';
import type { Database, Statement } from '../../disk/sqlite/database.js';
import { requireRow } from '../checks/json-data.js';
import { ACCOUNT_ROW } from '../checks/record-shapes.js';

/** An account that exported into the archive. */
export interface StoredAccount extends Account {
  /** UTC milliseconds. */
  readonly firstExportMs: number;
  /** UTC milliseconds: when its last export began. */
  readonly lastExportMs: number;
}

interface AccountRow {
  readonly id: AccountId;
  readonly name: string;
  readonly username: string | null;
  readonly is_bot: number;
  readonly first_export_ms: number;
  readonly last_export_ms: number;
}

/** The accounts that exported into the archive. */
export class AccountTable {
  readonly #put: Statement;
  readonly #all: Statement<AccountRow>;

  constructor(database: Database) {
    this.#put = database.prepare(
      `INSERT INTO accounts (id, name, username, is_bot, first_export_ms, last_export_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?5)
       ON CONFLICT (id) DO UPDATE SET name = excluded.name, username = excluded.username, is_bot = excluded.is_bot,
         last_export_ms = excluded.last_export_ms`,
    );
    this.#all = database.prepare('SELECT * FROM accounts ORDER BY first_export_ms, id');
  }

  /** Records that an account exports, and updates its name. @param atMs - UTC milliseconds. */
  note({ id, name, username, isBot }: Account, atMs: number): void {
    this.#put.run(id, name, username ?? null, isBot ? 1 : 0, atMs);
  }

  /** In the order of their first exports. */
  all(): readonly StoredAccount[] {
    return this.#all.all().map((row) => {
      requireRow(row, { shape: ACCOUNT_ROW, table: 'accounts', key: [row.id] });
      const { id, name, username, is_bot, first_export_ms, last_export_ms } = row;
      return {
        id,
        name,
        ...(username !== null && { username }),
        isBot: is_bot === 1,
        firstExportMs: first_export_ms,
        lastExportMs: last_export_ms,
      };
    });
  }
}
