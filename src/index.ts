/**
 * What other programs may use of chatferry. Everything else may change without notice.
 *
 * @packageDocumentation
 */
export { type ExportedChat, type ExportRequest, type ExportSummary, runExport } from './app/export/create-export.js';
export {
  type ChatInFormat,
  renderChats,
  type RenderedChats,
  type RenderedFiles,
  type RenderingOptions,
} from './app/render-chats.js';
export { login, logout, openSource } from './app/open-source.js';
export { type NamedFile, type ProcessedMedia, processMedia, type ProcessMediaOptions } from './app/process-media.js';
export type { TargetReport, UploadReport } from './app/upload/job-report.js';
export type { TargetSettings } from './app/upload/target-kind.js';
export { type Upload, uploadFiles, type UploadFilesOptions, type UploadOutcome } from './app/upload/upload-files.js';
export { Archive } from './archive/archive.js';
export { MediaFiles } from './archive/files/media-files.js';
export type { ArchiveReader, DescriptionReader, MessagesOptions } from './archive/archive-reader.js';
export type { StoredDescription } from './archive/description.js';
export type { Description } from './chat/description/description.js';
export type { MissingMedia, StoredChat } from './archive/records.js';
export type { MediaRecord, MessageRecord, StoredFile } from './chat/record.js';
export type { Chat } from './chat/chat.js';
export type { Media, MediaKind } from './chat/media.js';
export type { Message } from './chat/message.js';
export type { Sender } from './chat/sender.js';
export type { Outcome } from './concurrency/ordered-window.js';
export { type LoadedSettings, loadSettings, type LoadSettingsOptions } from './config/load-settings.js';
export type { Settings } from './config/settings.js';
export { ChatferryError, type ErrorCode, isChatferryError } from './errors/chatferry-error.js';
export { exitCodeOf } from './errors/error-meaning.js';
export { ExitCode } from './errors/exit-code.js';
export type { ConcurrencySnapshot } from './metrics/concurrency-metrics.js';
export type { ContentKind } from './chat/description/content-kind.js';
export type { Derivative, DerivativeKind } from './chat/description/derivative.js';
export type { MediaFacts } from './chat/description/media-facts.js';
export type { DescribedMedia } from './media/media-job.js';
export type { MediaProblem } from './chat/description/description.js';
export { createProcessor } from './pipeline/processor/create-processor.js';
export { reporterOfRun, type RunReporter } from './pipeline/run-reporter.js';
export type { ProgressEvent, ProgressReporter } from './pipeline/export-progress.js';
export { Exporter, type ExporterOptions } from './pipeline/exporter.js';
export { type Job, type JobContext, ParallelMediaProcessor } from './pipeline/processor/parallel-media-processor.js';
export type { ProcessorRun } from './pipeline/processor/processor-run.js';
export type { ProcessorConfiguration } from './pipeline/processor/processor-configuration.js';
export { AsideFile } from './render/aside-file.js';
export { desktopJson } from './render/desktop-json.js';
export { countLost, withPresentFiles } from './render/present-files.js';
export type { RenderChatOptions, RenderedChat, Renderer, RenderRun, RenderRunOptions } from './render/renderer.js';
export type { LiveSource } from './source/live-source.js';
export type { MessageSource } from './source/message-source.js';
export { extractedMessages } from './upload/targets/kimi/extracted-messages.js';
export type { ExtractedMessage } from './upload/targets/kimi/extracted-file.js';
export type { UploadedFile, UploadItem } from './upload/uploaded-file.js';
export type { UploadProgress, UploadStage } from './upload/progress/upload-progress.js';
