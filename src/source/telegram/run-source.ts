import type { Media } from '../../chat/media.js';
import type { Message } from '../../chat/message.js';
import type { ExportSource, LiveSource } from '../live-source.js';
import type { DownloadedFile, DownloadOptions } from '../message-source.js';
import type { DownloadMeter } from './download/download-meter.js';

export interface MeteredDownloadOptions extends DownloadOptions {
  /** Counts this download as one of its run. */
  readonly meter?: DownloadMeter;
}

export interface MeteredSource extends LiveSource {
  download(message: Message, media: Media, options: MeteredDownloadOptions): Promise<DownloadedFile>;
}

/** One run's view of a source: `downloadMetrics` counts the downloads of this view alone. */
export function sourceOfRun(source: MeteredSource, meter: DownloadMeter): ExportSource {
  return {
    account: source.account,
    history: (chat, options) => source.history(chat, options),
    messages: (chat, ids, signal) => source.messages(chat, ids, signal),
    download: (message, media, options) => source.download(message, media, { ...options, meter }),
    fileHashes: (message, media, signal) => source.fileHashes(message, media, signal),
    downloadMetrics: () => meter.metrics(),
    // Whoever opened the source closes it.
    close: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
