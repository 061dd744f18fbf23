import type { LocalTime } from './local-time.js';
import type { PeerNames } from './peer-names.js';

/** What else is needed to write a message: names of peers, and the local time. */
export interface DesktopContext {
  readonly names: PeerNames;
  readonly time: LocalTime;
}
