import { ChatferryError } from '../../errors/chatferry-error.js';

/** For a list whose pages do not come to an end, or come round again. */
export function endlessList(host: string): ChatferryError {
  const message = `${host} sends an endless list. Check the target's address.`;
  return new ChatferryError('STORE_REFUSED', message);
}
