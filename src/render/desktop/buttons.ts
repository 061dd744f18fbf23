import type { Button } from '../../chat/message.js';
import { bareInteger, type JsonObject, nonEmpty } from './json-text.js';

/** `inline_bot_buttons`: rows of buttons. */
export function buttonKeys(rows: readonly (readonly Button[])[] | undefined): JsonObject {
  if (rows === undefined || rows.length === 0) return {};
  return { inline_bot_buttons: rows.map((row) => row.map(buttonObject)) };
}

function buttonObject({ type, text, data, dataBase64, forwardText, buttonId }: Button): JsonObject {
  return {
    type,
    text: nonEmpty(text),
    // Desktop writes the bytes first, followed by an empty `data`.
    dataBase64,
    data: dataBase64 === undefined ? nonEmpty(data) : '',
    forward_text: nonEmpty(forwardText),
    button_id: buttonId === undefined ? undefined : bareInteger(buttonId),
  };
}
