import { type ChatId, peerOf } from '../../../chat/chat-id.js';
import type { RunEvent, ProgressReporter, UploadsAtTarget } from '../../../pipeline/export-progress.js';
import { type ChatPosition, chatTitle, eventLine, previewsLine, progressLine, uploadsText } from './progress-lines.js';
import { printableLine } from '../../../text/printable.js';
import type { Terminal } from '../terminal.js';

export interface LineReporterOptions {
  /** @defaultValue 5000 */
  readonly intervalMs?: number;
  /** A monotonic clock. @defaultValue `performance.now` */
  readonly now?: () => number;
}

/** Progress where there is no terminal: events at once, steady progress every few seconds, as plain lines. */
export class LineReporter implements ProgressReporter {
  readonly #terminal: Terminal;
  readonly #intervalMs: number;
  readonly #now: () => number;
  readonly #titles = new Map<string, string>();
  readonly #said = new Map<'progress' | 'previews', string>();
  /** By target: the last line printed, and when. */
  readonly #saidUploads = new Map<string, { readonly text: string; readonly atMs: number }>();
  #saidAt: number;
  #position: ChatPosition | undefined;

  constructor(terminal: Terminal, { intervalMs = 5000, now = () => performance.now() }: LineReporterOptions = {}) {
    this.#terminal = terminal;
    this.#intervalMs = intervalMs;
    this.#now = now;
    this.#saidAt = now();
  }

  event(event: RunEvent): void {
    if (event.type === 'chat-position') this.#position = event.count > 1 ? event : undefined;
    if (event.type === 'chat-started') {
      this.#titles.set(event.chat.id, chatTitle(event.chat));
      this.#saidAt = this.#now();
    }
    if (event.type === 'progress') this.#saySteadily('progress', event.chatId, progressLine(event));
    if (event.type === 'previews') this.#saySteadily('previews', event.chatId, previewsLine(event));
    if (event.type === 'upload-progress') this.#sayUploads(event);
    const line = eventLine(event, this.#position);
    if (line !== undefined) this.#terminal.say(line);
  }

  /** The same for each target. */
  #sayUploads(uploads: UploadsAtTarget): void {
    const said = this.#saidUploads.get(uploads.target) ?? { text: '', atMs: this.#now() };
    this.#saidUploads.set(uploads.target, said);
    const text = `${printableLine(uploads.target)}: ${uploadsText(uploads)}`;
    if (this.#now() - said.atMs < this.#intervalMs || said.text === text) return;
    this.#saidUploads.set(uploads.target, { text, atMs: this.#now() });
    this.#terminal.say(text);
  }

  /** Every few seconds, and only if the text has changed. */
  #saySteadily(kind: 'progress' | 'previews', chatId: ChatId, text: string): void {
    if (this.#now() - this.#saidAt < this.#intervalMs || this.#said.get(kind) === text) return;
    this.#saidAt = this.#now();
    this.#said.set(kind, text);
    this.#terminal.say(`${this.#titles.get(chatId) ?? peerOf(chatId)}: ${text}`);
  }
}
