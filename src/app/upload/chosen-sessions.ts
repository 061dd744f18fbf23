import { ChatferryError } from '../../errors/chatferry-error.js';
import { nearName } from '../../errors/near-name.js';
import type { UploadSession } from '../../upload/session/upload-session.js';

/** The suffix after the user's own name in the id of a session: see `sessionIdOf`. */
const NAMED = /^(.+)\.[0-9a-f]{20}$/;

/** The user's own name for a session; undefined if it has none. */
export function sessionNameOf({ id }: Pick<UploadSession, 'id'>): string | undefined {
  return NAMED.exec(id)?.[1];
}

/**
 * The sessions that a word identifies: the one with that id, or all with that name.
 *
 * @throws {ChatferryError} `USAGE` if there is none.
 */
export function chosenSessions(all: readonly UploadSession[], word: string): readonly UploadSession[] {
  const chosen = all.filter((session) => session.id === word || sessionNameOf(session) === word);
  if (chosen.length > 0) return chosen;
  const near = nearName(
    word,
    all.flatMap((session) => [session.id, sessionNameOf(session) ?? session.id]),
  );
  const guess = near === undefined ? 'chatferry upload sessions list shows all.' : `Did you mean ${near}?`;
  throw new ChatferryError('USAGE', `There is no upload session "${word}". ${guess}`);
}
