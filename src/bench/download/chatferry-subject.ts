import { openSource } from '../../app/open-source.js';
import type { DownloadSubject, RemoteFileOfChat, SubjectOptions } from './download-subject.js';

/** The source of this program, as `export` uses it. */
export async function openChatferrySubject({ settings, signal }: SubjectOptions): Promise<DownloadSubject> {
  const openedMs = performance.now();
  const source = await openSource(settings, { reporter: { event: () => undefined }, signal, expectsMedia: true });
  return {
    async files(username) {
      const chat = await source.resolveChat(`@${username}`, signal);
      const files: RemoteFileOfChat[] = [];
      for await (const { messages } of source.history(chat, { signal })) {
        for (const message of messages) {
          for (const media of message.media) {
            const fetch = async (path: string, onBytes: (count: number) => void): Promise<void> => {
              await source.download(message, media, { path, priority: message.id, onBytes, signal });
            };
            files.push({ messageId: message.id, fetch });
          }
        }
      }
      return files;
    },
    async history(username) {
      const chat = await source.resolveChat(`@${username}`, signal);
      return async (onMessage) => {
        for await (const { messages } of source.history(chat, { signal })) {
          for (const { id, text } of messages) onMessage(id, text.text);
        }
      };
    },
    control(sinceMs) {
      const { series, decisions } = source.downloadMetrics();
      const earlyMs = sinceMs - openedMs;
      return {
        series: series.map((point) => ({ ...point, timeMs: point.timeMs - earlyMs })),
        decisions: decisions.map(({ timeMs, limit, reason }) => ({
          timeMs: timeMs - earlyMs,
          text: `${limit}: ${reason}`,
        })),
      };
    },
    [Symbol.asyncDispose]: () => source.close(),
  };
}
