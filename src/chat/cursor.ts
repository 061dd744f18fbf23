/**
 * The archive has every message of a chat with an id up to and including this one. `undefined` for a chat that was not
 * started.
 */
export type Cursor = number;
