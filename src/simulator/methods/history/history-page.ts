import type { TlObject } from '../../tl/tl-object.js';
import { intIn } from '../../tl/fields.js';
import type { WorldHistory } from '../../world/world.js';

/** The paging parameters of `messages.getHistory` and similar methods; 0 means "not given". */
export interface PageRequest {
  readonly offset_id: number;
  readonly offset_date: number;
  readonly add_offset: number;
  readonly limit: number;
  readonly max_id: number;
  readonly min_id: number;
}

/** Maximum number of messages in a page. */
export const MAX_PAGE_MESSAGES = 100;
/** The page size for a limit of 0 (https://core.telegram.org/api/offsets). */
const DEFAULT_PAGE_MESSAGES = 20;

/** The paging parameters of a call. */
export function pageRequest(params: TlObject): PageRequest {
  return {
    offset_id: intIn(params, 'offset_id'),
    offset_date: intIn(params, 'offset_date'),
    add_offset: intIn(params, 'add_offset'),
    limit: intIn(params, 'limit'),
    max_id: intIn(params, 'max_id'),
    min_id: intIn(params, 'min_id'),
  };
}

/**
 * One page of a history, newest first (https://core.telegram.org/api/offsets). It starts after all messages with the id
 * `offset_id` or a higher one; `add_offset` moves the start. The page has up to `limit` messages. If it would start
 * before the newest message, the missing positions are not filled with older messages. Finally, messages that are not
 * strictly between `min_id` and `max_id` are dropped.
 */
export function historyPage(history: WorldHistory, request: PageRequest): TlObject[] {
  const { add_offset, max_id, min_id } = request;
  const limit = Math.min(request.limit > 0 ? request.limit : DEFAULT_PAGE_MESSAGES, MAX_PAGE_MESSAGES);
  const first = newerThanOffset(history, request) + add_offset;
  const page: TlObject[] = [];
  for (let i = Math.max(0, first); i < Math.min(first + limit, history.length); i += 1) {
    const message = history.at(history.length - 1 - i);
    const id = intIn(message, 'id');
    if ((max_id === 0 || id < max_id) && (min_id === 0 || id > min_id)) page.push(message);
  }
  return page;
}

/** Number of messages before the page if `add_offset` is 0. */
function newerThanOffset(history: WorldHistory, { offset_id, offset_date }: PageRequest): number {
  if (offset_id > 0) return history.length - history.indexOf(offset_id);
  if (offset_date > 0) return history.length - indexOfDate(history, offset_date);
  return 0;
}

/** The index of the first message sent at `date` or later. Dates ascend with ids. */
function indexOfDate(history: WorldHistory, date: number): number {
  let [low, high] = [0, history.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (intIn(history.at(middle), 'date') < date) low = middle + 1;
    else high = middle;
  }
  return low;
}
