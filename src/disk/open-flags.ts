import { constants } from 'node:fs';

/** For `open`: opening a FIFO does not wait for a process at its other end. Windows has no such flag; there it is 0. */
export const NON_BLOCKING: number = constants.O_NONBLOCK;

/** For `open` of our own files: does not follow links, and does not wait. On Windows both flags are 0. */
export const SAFE_OPEN: number = NON_BLOCKING | constants.O_NOFOLLOW;
