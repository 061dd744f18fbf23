/**
 * The library. What is not exported here may change without notice. docs/LIBRARY.md shows how to use it, and docs/api/ lists
 * all of it.
 *
 * @packageDocumentation
 */
export {
  type ExportedChat,
  type ExportFollower,
  type ExportRequest,
  type ExportSummary,
  runExport,
} from './app/export/create-export.js';
export type { RefusedChat } from './app/export/each-chat.js';
export { exportChats, type ExportChatsOptions } from './app/export/export-chats.js';
export { login, logout, openSource, type OpenSourceOptions } from './app/open-source.js';
export { type NamedFile, type ProcessedMedia, processMedia, type ProcessMediaOptions } from './app/process-media.js';
export type { ReplacedFile } from './app/process/processed-media.js';
export {
  type ChatInFormat,
  renderChats,
  type RenderedChats,
  type RenderedFiles,
  type RenderingOptions,
} from './app/render-chats.js';
export type { TargetReport, UploadReport } from './app/upload/job-report.js';
export type { VerifiedFile, VerifiedState } from './app/upload/manifest/verified-file.js';
export { verifyUploads, type VerifyUploadsOptions } from './app/upload/manifest/verify-uploads.js';
export type { TargetSettings } from './app/upload/target-kind.js';
export { type Upload, uploadFiles, type UploadFilesOptions, type UploadOutcome } from './app/upload/upload-files.js';
export type { ReachedMessages } from './archive/accounts/chat-account-table.js';
export { ARCHIVE_MODES, type ArchiveMode } from './archive/archive-mode.js';
export type { ArchiveOptions, MessageIdRange, SearchOptions } from './archive/archive-options.js';
export type { ArchiveReader, DescriptionReader, MessagesOptions } from './archive/archive-reader.js';
export { Archive, type FoundFile } from './archive/archive.js';
export type { DerivativeProblem, StoredDescription } from './archive/description.js';
export type { ArchiveFile, FileReferrer, FilesOptions, LostFile } from './archive/files/archive-file.js';
export type { Commit, MissingMedia, NotedMedia, StoredChat } from './archive/records.js';
export type { RunEnd, RunStart, StoredRun } from './archive/run-record.js';
export type { DescriptionTable } from './archive/tables/description-table.js';
export type { SkippedMedia } from './archive/tables/media-table.js';
export type { UnreadableMessage } from './archive/tables/message-table.js';
export type { Tombstone, TombstoneTable } from './archive/tables/tombstone-table.js';
export type { MessageVersion, VersionRole } from './archive/tables/version-table.js';
export {
  type ArchiveThread,
  openArchiveInThread,
  type ThreadDescriptionReader,
  type ThreadReadOptions,
} from './archive/thread/archive-thread.js';
export type { Account } from './chat/account.js';
export type { Batch } from './chat/batch.js';
export type { AccountId, ChatId, MailboxChatId } from './chat/chat-id.js';
export type { Chat, ChatKind } from './chat/chat.js';
export type { GeoPoint, MessageContent, Poll, PollAnswer, TodoItem } from './chat/content.js';
export type { Cursor } from './chat/cursor.js';
export type { ContentKind } from './chat/description/content-kind.js';
export type { Derivative, DerivativeKind } from './chat/description/derivative.js';
export type { Description, MediaProblem } from './chat/description/description.js';
export type { MediaFacts, Position } from './chat/description/media-facts.js';
export type { Media, MediaKind, MediaRole } from './chat/media.js';
export type { Button, Forward, Message, MessageKind, RawMessage, Reply } from './chat/message.js';
export type { PeerId } from './chat/peer.js';
export type { Reaction, RecentReaction } from './chat/reaction.js';
export type { MediaRecord, MessageRecord, StoredFile } from './chat/record.js';
export type { Sender } from './chat/sender.js';
export type { ServiceAction, StarsAmount } from './chat/service-action.js';
export type { SourceName } from './chat/source-name.js';
export type { EntityKind, FormattedText, TextEntity } from './chat/text.js';
export type { Outcome } from './concurrency/ordered-window.js';
export type { Environment, EnvironmentFile } from './config/environment.js';
export type { IgnoredSetting, LayerFile, Origin } from './config/layer.js';
export { type LoadedSettings, loadSettings, type LoadSettingsOptions } from './config/load-settings.js';
export type { Preset } from './config/presets.js';
export type { ArchiveSettings } from './config/sections/archive-settings.js';
export type { DcAddress } from './config/sections/dc-address.js';
export type { FfmpegSettings } from './config/sections/ffmpeg-settings.js';
export type { MediaSettings } from './config/sections/media-settings.js';
export type { ProxyAddress } from './config/sections/proxy-address.js';
export type { ProxySettings } from './config/sections/proxy-settings.js';
export type { SettingsFile } from './config/settings-file.js';
export type { LogLevel, ParallelMediaMode, SettingKey, Settings } from './config/settings.js';
export type { FileTrust } from './config/trust/file-trust.js';
export type { S3Settings } from './config/upload/s3-settings.js';
export type { StoreSettings } from './config/upload/store-settings.js';
export type { UploadSettings } from './config/upload/upload-settings.js';
export {
  ChatferryError,
  type ChatferryErrorOptions,
  type ErrorCode,
  isChatferryError,
} from './errors/chatferry-error.js';
export { exitCodeOf } from './errors/error-meaning.js';
export { ExitCode } from './errors/exit-code.js';
export type { Preset as TranscodePreset } from './media/film/transcode.js';
export type { DescribedMedia, FileDigest, MediaJob } from './media/media-job.js';
export type { MemoryReading } from './memory/memory-gate.js';
export type { ProcessTree } from './memory/process-tree.js';
export type {
  ConcurrencySnapshot,
  DuplicateCount,
  DuplicateStep,
  KindCount,
  MediaEnd,
} from './metrics/concurrency-metrics.js';
export type { ConcurrencyPoint } from './metrics/concurrency-series.js';
export type { DescriptionCount } from './pipeline/description-count.js';
export type {
  ChatProgress,
  ProgressEvent,
  ProgressReporter,
  RunEvent,
  RunEvents,
  UploadsAtTarget,
} from './pipeline/export-progress.js';
export { createProcessor, type ProcessorSettings } from './pipeline/processor/create-processor.js';
export {
  type Job,
  type JobContext,
  ParallelMediaProcessor,
  type ProcessorParts,
  type RunOptions,
} from './pipeline/processor/parallel-media-processor.js';
export type {
  CheckedConfiguration,
  ProcessorConfiguration,
  Workload,
} from './pipeline/processor/processor-configuration.js';
export type { ProcessorObserver, ProcessorRun, RunConcurrency } from './pipeline/processor/processor-run.js';
export { reporterOfRun, type RunReporter } from './pipeline/run-reporter.js';
export { AsideFile } from './render/aside-file.js';
export { desktopJson } from './render/desktop-json.js';
export { countLost, withPresentFiles } from './render/present-files.js';
export type { RenderChatOptions, RenderedChat, Renderer, RenderRun, RenderRunOptions } from './render/renderer.js';
export type {
  DownloadDecision,
  DownloadMetrics,
  DownloadPoint,
  ExportSource,
  LiveSource,
  MailboxMessage,
  OrderedWait,
  RangeHash,
} from './source/live-source.js';
export type {
  DownloadedFile,
  DownloadJournal,
  DownloadOptions,
  HistoryOptions,
  MessageSource,
  PartialFile,
  PartRecord,
} from './source/message-source.js';
export type { LoginPrompts, LoginQuestion } from './source/telegram/login/login-prompts.js';
export type { PathMetrics, UploadPath } from './upload/pace/rollout.js';
export type { UploadProgress, UploadStage } from './upload/progress/upload-progress.js';
export type { ExtractedMessage } from './upload/targets/kimi/extracted-file.js';
export { extractedMessages } from './upload/targets/kimi/extracted-messages.js';
export type { Checksum, FinishedFile } from './upload/upload-target.js';
export type {
  ArrivedFile,
  FailedFile,
  StoredForm,
  UploadedFile,
  UploadedFileBase,
  UploadItem,
} from './upload/uploaded-file.js';
