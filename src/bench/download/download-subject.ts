import type { Settings } from '../../config/settings.js';

/** The access data of the simulator for a client. */
export interface SubjectAccess {
  readonly dcs: readonly { readonly id: number; readonly host: string; readonly port: number }[];
  readonly publicKeyPem: string;
  /** The account's session as a gramjs StringSession. */
  readonly session: string;
  /** For a client that has to log in itself. */
  readonly phone: string;
  readonly code: string;
}

/** Options for opening a client. */
export interface SubjectOptions {
  readonly access: SubjectAccess;
  /** Of this program. */
  readonly settings: Settings;
  readonly signal: AbortSignal;
}

/** A file of a chat, known but not fetched. */
export interface RemoteFileOfChat {
  readonly messageId: number;
  /** Writes it completely to a new file at `path`. Calls `onBytes` with the number of bytes since the last call. */
  readonly fetch: (path: string, onBytes: (count: number) => void) => Promise<void>;
}

/** The state of a client at one moment. */
export interface SubjectPoint {
  readonly timeMs: number;
  readonly inFlightRequests: number;
  readonly limit: number;
}

/** How a client controlled its requests in flight. */
export interface SubjectControl {
  readonly series: readonly SubjectPoint[];
  /** In words. */
  readonly decisions: readonly { readonly timeMs: number; readonly text: string }[];
}

/** A Telegram client that is compared with others. */
export interface DownloadSubject extends AsyncDisposable {
  /** The files of a chat, in any order. */
  files(username: string): Promise<readonly RemoteFileOfChat[]>;
  /** Finds a chat. The returned function reads all its messages, in any order. */
  history(username: string): Promise<(onMessage: (id: number, text: string) => void) => Promise<void>>;
  /** The client's record of its flow control since a time of `performance.now()`, from which all its times count. */
  control?(sinceMs: number): SubjectControl;
}
