import type { LocalTime } from './local-time.js';
import type { PeerNames } from './peer-names.js';

/** What a message needs beside itself to be written: the names behind ids, and a clock on a wall. */
export interface DesktopContext {
  readonly names: PeerNames;
  readonly time: LocalTime;
}
