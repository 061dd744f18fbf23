import { constants } from 'node:fs';

/** For `open`: a FIFO then does not wait for somebody at its other end. Windows has no such flag, and it counts as 0 there. */
export const WITHOUT_WAITING: number = constants.O_NONBLOCK;

/** For `open` of what is ours: no link is followed, and nothing is waited for. On Windows both count as 0. */
export const SAFELY: number = WITHOUT_WAITING | constants.O_NOFOLLOW;
