import type { ExportedChat, ExportSummary } from '../../app/export/create-export.js';
import { formatBytes } from '../../metrics/summary-line.js';
import type { DescriptionCount } from '../../pipeline/description-count.js';
import { countOf, formatDuration } from './amounts.js';

/** `Done in 12 s: 471 messages, 127 files, 30.0 MB.` */
export function doneLine({ chats, durationMs }: Pick<ExportSummary, 'chats' | 'durationMs'>): string {
  const changed = chats.filter(hasNews);
  const unchangedCount = chats.length - changed.length;
  const words: string[] = [];
  if (changed.length > 0) {
    if (chats.length > 1) words.push(countOf(changed.length, 'chat'));
    words.push(newsOf(changed));
  }
  if (unchangedCount > 0) {
    if (chats.length === 1) words.push('nothing new');
    else words.push(`nothing new in ${countOf(unchangedCount, changed.length > 0 ? 'other' : 'chat')}`);
  }
  const messageCount = sum(chats, (chat) => chat.messageCount);
  const isFirst = messageCount === sum(chats, (chat) => chat.newMessageCount);
  const inAll = isFirst ? '' : `; ${countOf(messageCount, 'message')} in all`;
  return `Done in ${formatDuration(durationMs)}: ${words.join(', ')}${inAll}.`;
}

/** `12 messages, 3 files, 1.2 MB`: what came in this run. */
export function newsOf(chats: readonly ExportedChat[]): string {
  const messageCount = sum(chats, (chat) => chat.newMessageCount);
  const fileCount = sum(chats, fileCountOf);
  const files = [countOf(fileCount, 'file'), formatBytes(sum(chats, ({ metrics }) => metrics.bytes))];
  const messages = messageCount === 0 && fileCount > 0 ? [] : [countOf(messageCount, 'message')];
  return [...messages, ...(fileCount === 0 ? [] : files)].join(', ');
}

/** Whether the run brought anything of the chat. */
export function hasNews(chat: ExportedChat): boolean {
  return chat.newMessageCount > 0 || fileCountOf(chat) > 0;
}

function fileCountOf({ metrics }: ExportedChat): number {
  return metrics.mediaCount - metrics.failedMediaCount;
}

/** What was made of media in this run. */
export function previewLines(chats: readonly ExportedChat[]): readonly string[] {
  const total = (key: keyof DescriptionCount): number => sum(chats, ({ described }) => described?.[key] ?? 0);
  const lines: string[] = [];
  const previewCount = total('derivativeCount') - total('copyCount');
  if (previewCount > 0) lines.push(`${countOf(previewCount, 'preview')} made`);
  if (total('replacedCount') > 0) {
    const saved = formatBytes(total('savedBytes'));
    lines.push(`${countOf(total('replacedCount'), 'original')} replaced by a smaller copy, ${saved} saved`);
  } else if (total('copyCount') > 0) {
    const saved = formatBytes(total('copySavedBytes'));
    lines.push(
      `${countOf(total('copyCount'), 'smaller copy', 'smaller copies')} made, ${saved} less than the originals`,
    );
  }
  return lines;
}

function sum<Item>(items: readonly Item[], count: (item: Item) => number): number {
  return items.reduce((total, item) => total + count(item), 0);
}
