import type { ChatId } from '../../chat/chat-id.js';
import type { Database, Statement } from '../../disk/sqlite/database.js';
import { dataOf, requireRow } from '../checks/json-data.js';
import { DERIVATIVE_ROW, DESCRIPTION_DATA } from '../checks/description-shapes.js';
import { chatFolderOf, derivativePathOf, mediaPathOf, sha256Of, type UncheckedText } from '../checks/unchecked-text.js';
import type { DerivativeProblem, MediaPosition, PendingFile, StoredDescription } from '../description.js';
import type { Derivative, DerivativeKind } from '../../chat/description/derivative.js';
import type { Description } from '../../chat/description/description.js';

/** The description of one content in one chat. */
export interface DescriptionEntry extends StoredDescription {
  readonly chatId: ChatId;
  /** Of the media file, hex. */
  readonly sha256: string;
  /** Identifies how it was made. Other settings have another recipe. */
  readonly recipe: string;
}

/** The description of the same content in another chat. */
export interface DescriptionElsewhere extends StoredDescription {
  /** Of that chat, relative to the archive. */
  readonly folder: string;
  readonly recipe: string;
}

interface PendingRow {
  readonly message_id: number;
  readonly position: number;
  readonly sha256: UncheckedText;
  readonly path: UncheckedText;
  readonly size_bytes: number;
  readonly has_waveform: number;
}

interface DescriptionRow {
  readonly chat_id: ChatId;
  readonly recipe: string;
  readonly data: string;
}

interface DerivativeRow {
  readonly kind: DerivativeKind;
  readonly path: UncheckedText;
  readonly size_bytes: number;
  readonly mime_type: string;
  readonly width: number | null;
  readonly height: number | null;
}

interface ProblemRow {
  readonly message_id: number;
  readonly path: UncheckedText;
  readonly data: string;
}

/** Maximum number of other chats that are tried. */
const ELSEWHERE_LIMIT = 4;

export interface PendingOptions {
  /** At most two. */
  readonly recipes: readonly string[];
  /** Maximum number of files. */
  readonly limit: number;
}

/**
 * Descriptions and derivatives of the contents of each chat. Duplicates in a chat share one row. Each chat has its own
 * rows, so that its folder is complete by itself.
 */
export class DescriptionTable {
  readonly #database: Database;
  readonly #pending: Statement<PendingRow>;
  readonly #pendingCount: Statement<{ readonly n: number }>;
  readonly #one: Statement<DescriptionRow>;
  readonly #elsewhere: Statement<DescriptionRow & { readonly folder: UncheckedText }>;
  readonly #derivatives: Statement<DerivativeRow>;
  readonly #paths: Statement<{ readonly path: UncheckedText }>;
  readonly #remove: Statement;
  readonly #removeUnwanted: Statement;
  readonly #put: Statement;
  readonly #putDerivative: Statement;
  readonly #problems: Statement<ProblemRow>;

  /** @internal */
  constructor(database: Database) {
    this.#database = database;
    // Two parameters for recipes, so that the statement is the same for one or two of them.
    this.#pending = database.prepare(
      `SELECT m.message_id, m.position, m.sha256, m.path, f.size_bytes,
         m.data ->> 'waveform' IS NOT NULL AS has_waveform
       FROM media AS m JOIN files AS f ON f.sha256 = m.sha256
       WHERE m.chat_id = ?1 AND (m.message_id, m.position) > (?2, ?3) AND m.state = 'stored'
         AND m.kind NOT IN ('contact-card', 'thumbnail') AND NOT EXISTS (
           SELECT 1 FROM descriptions AS d
           WHERE d.chat_id = m.chat_id AND d.sha256 = m.sha256 AND d.recipe IN (?4, ?5))
       ORDER BY m.message_id, m.position LIMIT ?6`,
    );
    this.#pendingCount = database.prepare(
      `SELECT count(DISTINCT m.sha256) AS n FROM media AS m
       WHERE m.chat_id = ?1 AND m.state = 'stored' AND m.kind NOT IN ('contact-card', 'thumbnail') AND NOT EXISTS (
         SELECT 1 FROM descriptions AS d
         WHERE d.chat_id = m.chat_id AND d.sha256 = m.sha256 AND d.recipe IN (?2, ?3))`,
    );
    this.#one = database.prepare('SELECT chat_id, recipe, data FROM descriptions WHERE chat_id = ? AND sha256 = ?');
    this.#elsewhere = database.prepare(
      `SELECT d.chat_id, d.recipe, d.data, c.folder FROM descriptions AS d JOIN chats AS c ON c.id = d.chat_id
       WHERE d.sha256 = ? AND d.chat_id <> ? LIMIT ${ELSEWHERE_LIMIT}`,
    );
    this.#derivatives = database.prepare(
      `SELECT kind, path, size_bytes, mime_type, width, height FROM derivatives
       WHERE chat_id = ? AND sha256 = ? ORDER BY kind`,
    );
    this.#paths = database.prepare('SELECT path FROM derivatives WHERE chat_id = ?');
    this.#remove = database.prepare('DELETE FROM descriptions WHERE chat_id = ? AND sha256 = ?');
    this.#removeUnwanted = database.prepare(
      `DELETE FROM descriptions WHERE chat_id = ?1 AND NOT EXISTS (
         SELECT 1 FROM media AS m WHERE m.sha256 = descriptions.sha256 AND m.chat_id = ?1)`,
    );
    this.#put = database.prepare('INSERT INTO descriptions (chat_id, sha256, recipe, data) VALUES (?, ?, ?, ?)');
    this.#putDerivative = database.prepare('INSERT INTO derivatives VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
    this.#problems = database.prepare(
      `SELECT min(m.message_id) AS message_id, m.path, d.data FROM descriptions AS d
       JOIN media AS m ON m.sha256 = d.sha256 AND m.chat_id = d.chat_id
       WHERE d.chat_id = ? AND d.problem_count > 0 GROUP BY d.sha256 ORDER BY 1`,
    );
  }

  /**
   * Stored media after a position in a chat that none of the recipes has described, in the order of the messages.
   * @internal
   */
  pending(
    chatId: ChatId,
    { messageId, position }: MediaPosition,
    { recipes, limit }: PendingOptions,
  ): readonly PendingFile[] {
    const [first = '', second = first] = recipes;
    return this.#pending.all(chatId, messageId, position, first, second, limit).map((row) => ({
      messageId: row.message_id,
      position: row.position,
      sha256: sha256Of(row.sha256, 'media.sha256'),
      path: mediaPathOf(row.path, 'media.path'),
      sizeBytes: row.size_bytes,
      hasWaveform: row.has_waveform === 1,
    }));
  }

  /** How many contents of a chat none of the recipes has described. @param recipes - At most two. @internal */
  pendingCount(chatId: ChatId, recipes: readonly string[]): number {
    const [first = '', second = first] = recipes;
    return this.#pendingCount.get(chatId, first, second)?.n ?? 0;
  }

  /** The description of a content in a chat. */
  one(chatId: ChatId, sha256: string): StoredDescription | undefined {
    const row = this.#one.get(chatId, sha256);
    return row === undefined ? undefined : this.#toStored(row, sha256);
  }

  /** Whether a content of a chat was described by one of the recipes. @internal */
  has(chatId: ChatId, sha256: string, recipes: readonly string[]): boolean {
    return recipes.includes(this.#one.get(chatId, sha256)?.recipe ?? '');
  }

  /** Descriptions of the content in other chats. @internal */
  elsewhere(chatId: ChatId, sha256: string): readonly DescriptionElsewhere[] {
    return this.#elsewhere.all(sha256, chatId).map((row) => ({
      ...this.#toStored(row, sha256),
      folder: chatFolderOf(row.folder, 'chats.folder'),
      recipe: row.recipe,
    }));
  }

  /**
   * Replaces the description of a content, durable on return. The files that it names must be durable before. @internal
   */
  put({ chatId, sha256, recipe, description, derivatives }: DescriptionEntry): void {
    this.#database.transaction(() => {
      this.#remove.run(chatId, sha256);
      this.#put.run(chatId, sha256, recipe, textOf(description));
      for (const { kind, path, sizeBytes, mimeType, width = null, height = null } of derivatives) {
        this.#putDerivative.run(chatId, sha256, kind, path, sizeBytes, mimeType, width, height);
      }
    });
  }

  /** Removes descriptions of contents that no media of the chat have any more. @internal */
  removeUnwanted(chatId: ChatId): void {
    this.#removeUnwanted.run(chatId);
  }

  /** The paths of all derivatives of a chat, relative to its folder. @internal */
  paths(chatId: ChatId): ReadonlySet<string> {
    return new Set(this.#paths.all(chatId).map(({ path }) => derivativePathOf(path, 'derivatives.path')));
  }

  /** Derivatives that could not be made, in the order of the messages. */
  problems(chatId: ChatId): readonly DerivativeProblem[] {
    return this.#problems.all(chatId).flatMap(({ message_id: messageId, data, ...row }) => {
      const path = mediaPathOf(row.path, 'media.path');
      const { problems } = descriptionIn(data, chatId, messageId);
      return problems.map(({ work, reason }) => ({ messageId, path, work, reason }));
    });
  }

  #toStored({ chat_id: chatId, data }: DescriptionRow, sha256: string): StoredDescription {
    const derivatives = this.#derivatives.all(chatId, sha256).map((row): Derivative => {
      requireRow(row, { shape: DERIVATIVE_ROW, table: 'derivatives', key: [chatId, sha256] });
      const { kind, path, size_bytes: sizeBytes, mime_type: mimeType, width, height } = row;
      return {
        kind,
        path: derivativePathOf(path, 'derivatives.path'),
        sizeBytes,
        mimeType,
        ...(width !== null && { width }),
        ...(height !== null && { height }),
      };
    });
    return { description: descriptionIn(data, chatId, sha256), derivatives };
  }
}

/** The JSON for the column `data`: only the fields of a description. */
function textOf({ content, facts, placeholder, waveform, problems }: Description): string {
  return JSON.stringify({ content, facts, placeholder, waveform, problems });
}

/** @throws {ChatferryError} `ARCHIVE_DAMAGED` */
function descriptionIn(data: string, ...key: readonly unknown[]): Description {
  return dataOf(data, { shape: DESCRIPTION_DATA, column: 'descriptions.data', key }) as Description;
}
