import type { ChatProgress, RunEvent, ProgressReporter, UploadsAtTarget } from '../../../pipeline/export-progress.js';
import { LiveRows } from './live-rows.js';
import { eventLine } from './progress-lines.js';
import { chatsRow, mediaRow, messagesRow, permitsRow, previewsRow, rowColumns, uploadsRow } from './progress-rows.js';
import type { Terminal } from '../terminal.js';
import { TimeLeft } from './time-left.js';

type Row = 'chats' | 'messages' | 'media' | 'permits' | 'previews';

/** What the rows of one chat are drawn from. */
interface ChatState {
  progress: ChatProgress;
  previews: { readonly doneCount: number; readonly totalCount?: number } | undefined;
  leftMs: number | undefined;
  /** Begins with the first reading: what earlier runs brought says nothing about the speed of this one. */
  timeLeft: TimeLeft | undefined;
  readonly startedAtMs: number;
}

/**
 * Progress on a terminal: one bar for messages, one line for media, one for the permits, redrawn in place; with several
 * chats a bar over all of them; events are written above them. Every row fits the width of the screen. Disposing takes
 * the bars down and gives the cursor back.
 */
export class BarReporter implements ProgressReporter, Disposable {
  readonly #terminal: Terminal;
  #rows: LiveRows | undefined;
  #hasPreviewsRow = false;
  readonly #uploads = new Map<string, UploadsAtTarget>();
  /** Targets that have a row. */
  readonly #uploadRows = new Set<string>();
  #chat: ChatState | undefined;
  #position: { readonly number: number; readonly count: number } | undefined;
  /** On the monotonic clock. */
  #pauseUntilMs = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  event(event: RunEvent): void {
    if (event.type === 'chat-position') this.#position = event.count > 1 ? event : undefined;
    else if (event.type === 'chat-started') this.#start(event);
    else if (event.type === 'progress') this.#update(event);
    else if (event.type === 'previews') this.#updatePreviews(event);
    else if (event.type === 'chat-finished') this[Symbol.dispose]();
    else if (event.type === 'flood-wait') this.#pauseUntilMs = performance.now() + event.waitMs;
    else if (event.type === 'upload-progress') this.#updateUploads(event);
    const line = eventLine(event, this.#position);
    if (line !== undefined) this.#terminal.say(line);
  }

  [Symbol.dispose](): void {
    this.#rows?.[Symbol.dispose]();
    this.#rows = undefined;
    this.#hasPreviewsRow = false;
    this.#uploadRows.clear();
  }

  #start({ chat, messagesTotal }: Extract<RunEvent, { type: 'chat-started' }>): void {
    this[Symbol.dispose]();
    const total = messagesTotal === undefined ? {} : { messagesTotal };
    const startedAtMs = performance.now();
    this.#chat = {
      progress: {
        chatId: chat.id,
        messagesDone: 0,
        ...total,
        mediaDone: 0,
        mediaFailed: 0,
        bytesDone: 0,
        inFlight: 0,
        permits: 0,
        throttled: false,
      },
      previews: undefined,
      leftMs: undefined,
      timeLeft: undefined,
      startedAtMs,
    };
    this.#rows = new LiveRows(this.#terminal);
    if (this.#position !== undefined) this.#addRow('chats');
    for (const row of ['messages', 'media', 'permits'] as const) this.#addRow(row);
    for (const target of this.#uploads.keys()) this.#addUploadsRow(target);
  }

  #addRow(row: Row): void {
    this.#rows?.add(() => this.#draw(row));
  }

  #update(progress: ChatProgress): void {
    const chat = this.#chat;
    if (chat === undefined || this.#rows === undefined) return;
    const { messagesDone, messagesTotal } = progress;
    const nowMs = performance.now();
    chat.progress = progress;
    chat.timeLeft ??= new TimeLeft(messagesDone, nowMs);
    if (messagesTotal !== undefined) chat.leftMs = chat.timeLeft.update(messagesDone, messagesTotal, nowMs);
  }

  #updatePreviews(previews: { readonly doneCount: number; readonly totalCount?: number }): void {
    if (this.#chat === undefined || this.#rows === undefined) return;
    this.#chat.previews = previews;
    if (this.#hasPreviewsRow) return;
    this.#hasPreviewsRow = true;
    this.#addRow('previews');
  }

  #updateUploads(uploads: UploadsAtTarget): void {
    this.#uploads.set(uploads.target, uploads);
    if (this.#rows !== undefined && !this.#uploadRows.has(uploads.target)) this.#addUploadsRow(uploads.target);
  }

  #addUploadsRow(target: string): void {
    this.#uploadRows.add(target);
    const draw = (): string => {
      const uploads = this.#uploads.get(target);
      return uploads === undefined ? '' : uploadsRow(uploads, rowColumns(this.#terminal));
    };
    this.#rows?.add(draw);
  }

  #draw(row: Row): string {
    const chat = this.#chat;
    if (chat === undefined) return '';
    const { progress, previews, leftMs, startedAtMs } = chat;
    const columns = rowColumns(this.#terminal);
    switch (row) {
      case 'chats':
        return chatsRow(this.#position?.number ?? 1, this.#position?.count ?? 1, columns);
      case 'messages':
        return messagesRow(progress, leftMs, columns);
      case 'media':
        return mediaRow(progress, performance.now() - startedAtMs, columns);
      case 'permits':
        return permitsRow(progress, this.#pauseUntilMs - performance.now(), columns);
      case 'previews':
        return previewsRow(previews?.doneCount ?? 0, previews?.totalCount, columns);
    }
  }
}
