import type { DcAddress } from '../state/telegram-state.js';

const VERSION = '1';
/** The format stores the port as a signed 16-bit number. Clients receive the real port separately. */
const PORT = 443;

/**
 * A login in the format of gramjs's `StringSession`: data centre, length and text of the address, port, key, in base64.
 */
export function stringSession({ id, host }: DcAddress, secret: Buffer): string {
  const address = Buffer.from(host);
  const head = Buffer.alloc(3);
  head.writeUInt8(id, 0);
  head.writeInt16BE(address.length, 1);
  const port = Buffer.alloc(2);
  port.writeInt16BE(PORT);
  return VERSION + Buffer.concat([head, address, port, secret]).toString('base64');
}
