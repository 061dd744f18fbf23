import { Api } from 'telegram';

import { AnswerCheck } from '../wire/answers/answer-check.js';

/** The fields that can be read of any message. */
export interface MessageHeader {
  readonly id: number;
  /** UTC milliseconds; 0 if it could not be read. */
  readonly dateMs: number;
}

const PEERS: ReadonlySet<number> = new Set([
  Api.PeerUser.CONSTRUCTOR_ID,
  Api.PeerChat.CONSTRUCTOR_ID,
  Api.PeerChannel.CONSTRUCTOR_ID,
]);
// constructor:4 id:long
const PEER_BYTES = 12;

/** The layout of the first fields of a message, before those of variable type (TL layer 198). */
interface Layout {
  readonly idAt: number;
  /** The bit of `flags` that is set if `from_id` is present. */
  readonly fromIdFlag: number;
  /** Optional fields of fixed size between `from_id` and `peer_id`: flag and size in bytes. */
  readonly beforePeer: readonly (readonly [flag: number, bytes: number])[];
  /** Optional fields between `peer_id` and `date`: size in bytes, or type of a boxed value. `second` reads `flags2`. */
  readonly beforeDate: readonly { readonly flag: number; readonly second?: true; readonly bytes: number | string }[];
}

// message: flags, flags2, id, from_id?, from_boosts_applied?, peer_id, saved_peer_id?, fwd_from?, via_bot_id?,
// via_business_bot_id?, reply_to?, date.
const MESSAGE: Layout = {
  idAt: 12,
  fromIdFlag: 8,
  beforePeer: [[29, 4]],
  beforeDate: [
    { flag: 28, bytes: PEER_BYTES },
    { flag: 2, bytes: 'MessageFwdHeader' },
    { flag: 11, bytes: 8 },
    { flag: 0, second: true, bytes: 8 },
    { flag: 3, bytes: 'MessageReplyHeader' },
  ],
};
// messageService: flags, id, from_id?, peer_id, reply_to?, date.
const SERVICE: Layout = {
  idAt: 8,
  fromIdFlag: 8,
  beforePeer: [],
  beforeDate: [{ flag: 3, bytes: 'MessageReplyHeader' }],
};

/** Reads the header of the message at `start`. Undefined if no message of a known constructor begins there. */
export function headerAt(bytes: Buffer, start: number): MessageHeader | undefined {
  const found = layoutAt(bytes, start);
  if (found === 'empty') return { id: bytes.readInt32LE(start + 8), dateMs: 0 };
  const fields = found && fieldsAt(bytes, start, found);
  if (found === undefined || fields === undefined) return undefined;
  return { id: fields.id, dateMs: readDate(bytes, { start, afterPeer: fields.afterPeer }, found) };
}

/** Whether {@link headerAt} finds a header there. Takes constant time, however long the message is. */
export function isHeaderAt(bytes: Buffer, start: number): boolean {
  const found = layoutAt(bytes, start);
  return found === 'empty' || (found !== undefined && fieldsAt(bytes, start, found) !== undefined);
}

function layoutAt(bytes: Buffer, start: number): Layout | 'empty' | undefined {
  if (start + 8 > bytes.length) return undefined;
  switch (bytes.readUInt32LE(start)) {
    case Api.Message.CONSTRUCTOR_ID:
      return MESSAGE;
    case Api.MessageService.CONSTRUCTOR_ID:
      return SERVICE;
    case Api.MessageEmpty.CONSTRUCTOR_ID:
      return start + 12 <= bytes.length && bytes.readInt32LE(start + 8) > 0 ? 'empty' : undefined;
    default:
      return undefined;
  }
}

function fieldsAt(
  bytes: Buffer,
  start: number,
  layout: Layout,
): { readonly id: number; readonly afterPeer: number } | undefined {
  if (start + layout.idAt + 4 + PEER_BYTES > bytes.length) return undefined;
  const flags = bytes.readUInt32LE(start + 4);
  const id = bytes.readInt32LE(start + layout.idAt);
  let position = start + layout.idAt + 4;
  if (hasFlag(flags, layout.fromIdFlag)) {
    if (!isPeerAt(bytes, position)) return undefined;
    position += PEER_BYTES;
  }
  for (const [flag, size] of layout.beforePeer) if (hasFlag(flags, flag)) position += size;
  if (id <= 0 || !isPeerAt(bytes, position)) return undefined;
  return { id, afterPeer: position + PEER_BYTES };
}

/** The fields before the date are small. */
const MAX_HEAP_BYTES = 1024 * 1024;

function readDate(
  bytes: Buffer,
  { start, afterPeer }: { readonly start: number; readonly afterPeer: number },
  layout: Layout,
): number {
  const check = new AnswerCheck(bytes, MAX_HEAP_BYTES);
  const flags = bytes.readUInt32LE(start + 4);
  const flags2 = bytes.readUInt32LE(start + 8);
  let position = afterPeer;
  for (const { flag, second, bytes: size } of layout.beforeDate) {
    if (!hasFlag(second === true ? flags2 : flags, flag)) continue;
    const end = typeof size === 'number' ? position + size : check.endOf(position, size);
    if (end === undefined) return 0; // An unknown field comes before the date.
    position = end;
  }
  return position + 4 > bytes.length ? 0 : bytes.readInt32LE(position) * 1000;
}

function isPeerAt(bytes: Buffer, position: number): boolean {
  return position + PEER_BYTES <= bytes.length && PEERS.has(bytes.readUInt32LE(position));
}

function hasFlag(flags: number, bit: number): boolean {
  return (flags & (1 << bit)) !== 0;
}
