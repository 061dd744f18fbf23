/**
 * The point up to which a chat is completely in the archive: every message with an id up to and including this one.
 * `undefined` where a chat has not been started.
 */
export type Cursor = number;
