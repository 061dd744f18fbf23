import { ChatferryError } from '../../errors/chatferry-error.js';

/** The error for a list whose pages never end or repeat. */
export function endlessList(host: string): ChatferryError {
  const message = `${host} sends an endless list. Check the target's address.`;
  return new ChatferryError('STORE_REFUSED', message);
}
