import type { Account } from '../../chat/account.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import { MAX_EMPTY_IDS } from '../../source/telegram/history/by-ids/id-reader.js';

/** The note at the start of each export by a bot. */
export function byIdsNote(upToId: number | undefined): string {
  const end =
    upToId === undefined
      ? `until ${MAX_EMPTY_IDS.toLocaleString('en')} ids in a row hold nothing. --up-to-id looks further`
      : `up to ${upToId}, as --up-to-id says`;
  return `Telegram shows bots no histories: messages are requested by their ids, ${end}.`;
}

/** @throws {ChatferryError} `USAGE` if an end is given for an account that can find the end of a chat itself. */
export function refuseEndForPeople({ isBot, name }: Account, upToId: number | undefined): void {
  if (isBot || upToId === undefined) return;
  throw new ChatferryError(
    'USAGE',
    `--up-to-id ${upToId} is for bots, and ${name} is a person: Telegram tells where the chat ends. Leave it out.`,
  );
}
