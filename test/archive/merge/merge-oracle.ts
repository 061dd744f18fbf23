import type { MediaRecord, MessageRecord } from '../../../src/chat/record.js';
import type { Message } from '../../../src/chat/message.js';

/** Written from docs/ARCHIVE.md ("Several sources"), field by field, and not from the code. */
const LASTING = [
  ...['raw', 'editDateMs', 'senderId', 'postAuthor', 'reply', 'forward', 'viaBotId', 'albumId', 'topicId'],
  ...['viewCount', 'forwardCount', 'replyCount', 'isOutgoing', 'isSilent'],
] as const;
const SOURCES = ['telegram', 'desktop-export'];

const editOf = (record: MessageRecord): number => record.message.editDateMs ?? 0;
const sourceOf = (record: MessageRecord): string => record.source ?? 'telegram';
const canBeRead = ({ message: { kind } }: MessageRecord): boolean => kind === 'message' || kind === 'service';

/** Whether the first one wins. */
function beats(one: MessageRecord, other: MessageRecord): boolean {
  if (canBeRead(one) !== canBeRead(other)) return canBeRead(one);
  if (editOf(one) !== editOf(other)) return editOf(one) > editOf(other);
  const [a, b] = [one, other].map((record) => {
    const place = SOURCES.indexOf(sourceOf(record));
    return place < 0 ? `9${sourceOf(record)}` : String(place);
  });
  return (a ?? '') < (b ?? '');
}

/** What the archive has to show of a message of which sources said all this. */
export function expectedOf(records: readonly MessageRecord[]): MessageRecord {
  const winner = records.find((one) => records.every((other) => other === one || beats(one, other)));
  if (winner === undefined) throw new Error('No record beats all others.');
  const byRank: MessageRecord[] = [];
  const waiting = new Set(records);
  while (waiting.size > 0) {
    const [next] = [...waiting].filter((one) => [...waiting].every((other) => other === one || beats(one, other)));
    if (next === undefined) throw new Error('The order is not total.');
    byRank.push(next);
    waiting.delete(next);
  }
  const message: Record<string, unknown> = { ...winner.message };
  for (const field of LASTING) {
    for (const { message: told } of byRank) message[field] ??= (told as unknown as Record<string, unknown>)[field];
    if (message[field] === undefined) Reflect.deleteProperty(message, field);
  }
  const media = winner.media.map((medium, position) => expectedMedium(winner, position, byRank) ?? medium);
  return { ...winner, media, message: { ...message, media: media.map((one) => one.media) } as unknown as Message };
}

function expectedMedium(
  winner: MessageRecord,
  position: number,
  byRank: readonly MessageRecord[],
): MediaRecord | undefined {
  const own = winner.media[position];
  if (own === undefined || own.state === 'stored') return own;
  for (const other of byRank) {
    if (other === winner) continue;
    for (const [place, candidate] of other.media.entries()) {
      if (candidate.state !== 'stored') continue;
      const [a, b] = [own.media, candidate.media];
      if (a.kind !== b.kind || a.role !== b.role || ordinal(winner, position) !== ordinal(other, place)) continue;
      const haveIds = a.remoteId !== undefined && b.remoteId !== undefined;
      const sameSize = a.sizeBytes !== undefined && [b.sizeBytes, candidate.file.sizeBytes].includes(a.sizeBytes);
      const sameEdit = editOf(winner) === editOf(other);
      if (haveIds ? a.remoteId === b.remoteId : sameSize || sameEdit)
        return { state: 'stored', media: a, file: candidate.file };
    }
  }
  return own;
}

function ordinal(record: MessageRecord, position: number): number {
  const { kind, role } = record.media[position]?.media ?? {};
  return record.media.slice(0, position).filter(({ media }) => media.kind === kind && media.role === role).length;
}
