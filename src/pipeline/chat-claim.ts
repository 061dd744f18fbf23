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

/** Of each chat, and of all: three requests at most. */
const SAMPLES = { perChat: 5, total: 300 };

/** What speaks for an account and what against it. */
interface Evidence {
  readonly agreementCount: number;
  /** The first thing that cannot be, were the chats those of the account. For people. */
  readonly contradiction?: string;
}

/**
 * Makes chats of an archive of older versions, which knew no accounts, those of the account that exports now, if all that
 * is known agrees: whose saved messages they are, who sent what was sent by the account itself, and where and when the
 * newest messages of each chat were sent. Messages that the account does not have say nothing: they may be deleted. What
 * such an archive says of channels, up to where they are in it, becomes the account's as well; if nothing speaks for
 * that, the account goes through its channels from the beginning and adds what is not there.
 *
 * @throws {ChatferryError} `USAGE` when the chats are another account's or nothing tells; nothing is written then. What
 *   the source throws.
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
    contradiction ?? 'none of their messages is in this account, so nothing tells whether they were exported from it';
  throw new ChatferryError(
    'USAGE',
    `${archive.directory} has chats from before archives knew accounts, and they do not belong to ${accountTitle(account)}: ${why}. Nothing was exported. Log in as the account that made this archive, or export into another folder (--out, EXPORT_DIR).`,
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

/** `true`: agrees; a text: cannot be, and why; undefined: says nothing. */
type Judgement = true | string | undefined;

function judgePerson(self: PeerId, peer: PeerId, isSelf: boolean): Judgement {
  if (isSelf) return peer === self || `the saved messages in it are those of ${peer}`;
  return peer === self ? `it has a private chat with ${self}, which would be one with oneself` : undefined;
}

function judgeSender(self: PeerId, sender: PeerId): Judgement {
  return sender === self || `what was sent from its account was sent by ${sender}`;
}

function judgeSamples(samples: readonly MailboxSample[], there: readonly MailboxMessage[]): readonly Judgement[] {
  const byId = new Map(there.map((message) => [message.id, message]));
  return samples.map(({ id, peerId: peer, dateMs }) => {
    const message = byId.get(id);
    if (message === undefined) return undefined;
    if (message.peerId === peer && message.dateMs === dateMs) return true;
    return `message ${id}, which is in the chat with ${peer} there, is another one in this account`;
  });
}
