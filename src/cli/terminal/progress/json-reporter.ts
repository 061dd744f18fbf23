import { shownChat, shownChatId } from '../../../chat/shown-chat.js';
import type { ProgressEvent, ProgressReporter } from '../../../pipeline/export-progress.js';
import type { Terminal } from '../terminal.js';

/** Progress for machines: each event as it is, one line of JSON on stdout. docs/OPERATIONS.md describes them. */
export class JsonReporter implements ProgressReporter {
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  event(event: ProgressEvent): void {
    const isSteady = event.type === 'progress' || event.type === 'upload-progress';
    if (isSteady && this.#terminal.isBehind) return; // The next one says more.
    this.#terminal.printJson(shownEvent(event));
  }

  room(signal: AbortSignal): Promise<void> {
    return this.#terminal.room(signal);
  }
}

/** An event with chats named as Telegram names them, and the account beside it. */
export function shownEvent(event: ProgressEvent): Readonly<Record<string, unknown>> {
  if (!('chatId' in event) && !('chat' in event)) return { ...event };
  if (!('chatId' in event)) return { ...event, chat: shownChat(event.chat) };
  const { id: chatId, ...owner } = shownChatId(event.chatId);
  return { ...event, ...('chat' in event && { chat: shownChat(event.chat) }), chatId, ...owner };
}
