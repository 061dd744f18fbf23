import type { Settings } from '../../config/settings.js';

/** What a client needs to use the simulated Telegram. */
export interface SubjectAccess {
  readonly dcs: readonly { readonly id: number; readonly host: string; readonly port: number }[];
  readonly publicKeyPem: string;
  /** gramjs StringSession text of the account. */
  readonly session: string;
  /** For a client that must log in by itself. */
  readonly phone: string;
  readonly code: string;
}

/** What opens a client. */
export interface SubjectOptions {
  readonly access: SubjectAccess;
  /** Of this program. */
  readonly settings: Settings;
  readonly signal: AbortSignal;
}

/** A file of a chat, known but not fetched. */
export interface RemoteFileOfChat {
  readonly messageId: number;
  /** Writes it whole to a new file at `path`. `onBytes` hears how many bytes came since the last call. */
  readonly fetch: (path: string, onBytes: (count: number) => void) => Promise<void>;
}

/** One moment of a client that tells what it does. */
export interface SubjectPoint {
  readonly timeMs: number;
  readonly inFlightRequests: number;
  readonly limit: number;
}

/** How a client controlled what it had under way. */
export interface SubjectControl {
  readonly series: readonly SubjectPoint[];
  /** In words. */
  readonly decisions: readonly { readonly timeMs: number; readonly text: string }[];
}

/** A client of Telegram that is compared with others. */
export interface DownloadSubject extends AsyncDisposable {
  /** The files of a chat, in any order. */
  files(username: string): Promise<readonly RemoteFileOfChat[]>;
  /** Finds a chat; the answer reads it whole, in any order. */
  history(username: string): Promise<(onMessage: (id: number, text: string) => void) => Promise<void>>;
  /** What the client says of its own control since a time of `performance.now()`; all its times count from there. */
  control?(sinceMs: number): SubjectControl;
}
