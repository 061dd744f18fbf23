import type { PeerId } from '../../chat/peer.js';
import type { Sender } from '../../chat/sender.js';
import type { Database, Statement } from '../../disk/sqlite/database.js';
import { dataOf } from '../checks/json-data.js';
import { SENDER_DATA } from '../checks/record-shapes.js';

/** The senders that messages name, each as last seen. */
export class SenderTable {
  readonly #put: Statement;
  readonly #one: Statement<{ readonly data: string }>;

  constructor(database: Database) {
    this.#put = database.prepare(
      'INSERT INTO senders (id, data) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data WHERE data <> excluded.data',
    );
    this.#one = database.prepare('SELECT data FROM senders WHERE id = ?');
  }

  put({ id, ...data }: Sender): void {
    this.#put.run(id, JSON.stringify(data));
  }

  one(id: PeerId): Sender | undefined {
    const row = this.#one.get(id);
    if (row === undefined) return undefined;
    return {
      ...(dataOf(row.data, { shape: SENDER_DATA, column: 'senders.data', key: [id] }) as Omit<Sender, 'id'>),
      id,
    };
  }
}
