import type { Archive } from '../archive/archive.js';
import type { MailboxSample } from '../archive/accounts/unclaimed-chats.js';
import { type Account, accountTitle } from '../chat/account.js';
import { type PeerId, peerId } from '../chat/peer.js';
import { ChatferryError } from '../errors/chatferry-error.js';
import type { LiveSource, MailboxMessage } from '../source/live-source.js';

export interface ChatClaimOptions {
  readonly archive: Archive;
  readonly source: Pick<LiveSource, 'account' | 'mailboxMessages'>;
  readonly signal: AbortSignal;
}

/** How many messages to compare, per chat and in total. The total takes three requests at most. */
const SAMPLES = { perChat: 5, total: 300 };

/** Evidence for and against an account as the owner. */
interface Evidence {
  readonly agreementCount: number;
  /** The first fact that rules the account out, for users. */
  readonly contradiction?: string;
}

/**
 * Assigns the chats of an archive to the account that exports now, if an older version made the archive and recorded no
 * accounts. All known facts must agree: the owner of the saved messages, the sender of outgoing messages, and the chat
 * and date of the newest messages of each chat. Messages that the account does not have are no evidence, since they may
 * be deleted. The account also takes over the cursors of channels in such an archive. Without evidence for that, the
 * account walks its channels from the beginning and adds what is missing.
 *
 * @throws {ChatferryError} `USAGE` when the chats belong to another account or there is no evidence; nothing is written
 *   then. What the source throws.
 */
export async function claimChats({ archive, source, signal }: ChatClaimOptions): Promise<void> {
  const { unclaimed } = archive;
  if (!unclaimed.anyCursor() && !unclaimed.any()) return;
  const { account } = source;
  const { agreementCount, contradiction } = await evidenceFor(account, { archive, source, signal });
  if (contradiction === undefined && (agreementCount > 0 || (unclaimed.any() && !unclaimed.anyWithMessages()))) {
    unclaimed.claim(account.id);
    return;
  }
  if (!unclaimed.any()) return;
  const why =
    contradiction ?? 'none of their messages is in this account, so it is unknown whether they were exported from it';
  throw new ChatferryError(
    'USAGE',
    `${archive.directory} has chats from a version that recorded no accounts, and they cannot be assigned to ${accountTitle(account)}: ${why}. Nothing was exported. Log in as the account that made this archive, or export into another folder (--out, EXPORT_DIR).`,
  );
}

async function evidenceFor(account: Account, { archive, source, signal }: ChatClaimOptions): Promise<Evidence> {
  const self = peerId('user', account.id);
  const { unclaimed } = archive;
  const offline = [
    ...unclaimed.people().map(({ peerId: peer, isSelf }) => judgePerson(self, peer, isSelf)),
    ...unclaimed.outgoingSenders().map((sender) => judgeSender(self, sender)),
  ];
  const contradiction = offline.find((judgement) => typeof judgement === 'string');
  if (typeof contradiction === 'string') return { agreementCount: 0, contradiction };
  const samples = unclaimed.newestMessages(SAMPLES);
  const there = await source.mailboxMessages([...new Set(samples.map(({ id }) => id))], signal);
  const online = judgeSamples(samples, there);
  const different = online.find((judgement) => typeof judgement === 'string');
  return {
    agreementCount: [...offline, ...online].filter((judgement) => judgement === true).length,
    ...(typeof different === 'string' && { contradiction: different }),
  };
}

/** `true`: agrees. A text: contradicts, with the reason. Undefined: no evidence. */
type Judgement = true | string | undefined;

function judgePerson(self: PeerId, peer: PeerId, isSelf: boolean): Judgement {
  if (isSelf) return peer === self || `the saved messages in the archive are those of ${peer}`;
  return peer === self ? `the archive has a private chat with ${self}, which is this account itself` : undefined;
}

function judgeSender(self: PeerId, sender: PeerId): Judgement {
  return sender === self || `the outgoing messages in the archive were sent by ${sender}`;
}

function judgeSamples(samples: readonly MailboxSample[], there: readonly MailboxMessage[]): readonly Judgement[] {
  const byId = new Map(there.map((message) => [message.id, message]));
  return samples.map(({ id, peerId: peer, dateMs }) => {
    const message = byId.get(id);
    if (message === undefined) return undefined;
    if (message.peerId === peer && message.dateMs === dateMs) return true;
    return `message ${id} of the chat with ${peer} in the archive is a different message in this account`;
  });
}
