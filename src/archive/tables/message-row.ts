import type { ChatId } from '../../chat/chat-id.js';
import type { Message } from '../../chat/message.js';
import type { PeerId } from '../../chat/peer.js';
import { type SourceName, TELEGRAM } from '../../chat/source-name.js';
import type { FormattedText, TextEntity } from '../../chat/text.js';
import type { SqlValue } from '../../disk/sqlite/database.js';
import { dataOf, requireRow } from '../checks/json-data.js';
import { MESSAGE_DATA, MESSAGE_ROW } from '../checks/record-shapes.js';
import { sourceOf } from '../merge/version-of.js';
import type { MediaRecord, MessageRecord } from '../../chat/record.js';

/** A row of `messages`, by its columns. */
export interface MessageRow {
  readonly chat_id: ChatId;
  readonly id: number;
  readonly kind: Message['kind'];
  readonly date_ms: number;
  readonly sender_id: PeerId | null;
  readonly text: string;
  readonly data: string;
  readonly layer: number | null;
  readonly tl: Uint8Array | null;
  readonly source: SourceName;
}

/** The fields of a message that have no column of their own, by their names. */
type MessageData = Omit<Message, 'chatId' | 'id' | 'kind' | 'dateMs' | 'senderId' | 'text' | 'media' | 'raw'> & {
  readonly entities?: readonly TextEntity[];
  /** The text, if SQLite's column cannot hold it exactly. */
  readonly exactText?: string;
};

/** The columns that {@link toMessageValues} fills, in its order. */
export const MESSAGE_COLUMNS = 'chat_id, id, kind, date_ms, sender_id, text, data, layer, tl, source';

/** A record as values of {@link MESSAGE_COLUMNS}. Its media are rows of their own. */
export function toMessageValues(record: MessageRecord): readonly SqlValue[] {
  const { chatId, id, kind, dateMs, senderId, text, raw, ...rest } = record.message;
  const data: MessageData & { readonly media: undefined } = {
    ...rest,
    media: undefined, // JSON omits undefined.
    ...(text.entities.length > 0 && { entities: text.entities }),
    ...(!fitsTextColumn(text.text) && { exactText: text.text }),
  };
  return [
    chatId,
    id,
    kind,
    dateMs,
    senderId ?? null,
    text.text,
    JSON.stringify(data),
    raw?.layer ?? null,
    raw?.bytes ?? null,
    sourceOf(record),
  ];
}

/** The inverse of {@link toMessageValues}. @throws {ChatferryError} `ARCHIVE_DAMAGED`. */
export function fromMessageRow(row: MessageRow, media: readonly MediaRecord[]): MessageRecord {
  const key = [row.chat_id, row.id];
  requireRow(row, { shape: MESSAGE_ROW, table: 'messages', key });
  const data = dataOf(row.data, { shape: MESSAGE_DATA, column: 'messages.data', key }) as MessageData;
  const { entities = [], exactText, ...rest } = data;
  const text: FormattedText = { text: exactText ?? row.text, entities };
  const message: Message = {
    ...rest,
    id: row.id,
    chatId: row.chat_id,
    kind: row.kind,
    dateMs: row.date_ms,
    ...(row.sender_id !== null && { senderId: row.sender_id }),
    text,
    media: media.map((record) => record.media),
    ...(row.layer !== null && { raw: { bytes: row.tl ?? new Uint8Array(), layer: row.layer } }),
  };
  return row.source === TELEGRAM ? { message, media } : { message, media, source: row.source };
}

/** SQLite's text is UTF-8 and is read back up to the first NUL, so lone surrogates and NUL would be lost. */
function fitsTextColumn(text: string): boolean {
  return !/\0|\p{Surrogate}/u.test(text);
}
