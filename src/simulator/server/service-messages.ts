import type { AuthKey } from '../crypto/auth-key.js';
import type { Envelope } from './message-envelope.js';
import { intIn, longIn, longsIn } from '../tl/fields.js';
import type { TlObject } from '../tl/tl-object.js';

/** mtcute requests 64. */
const MAX_FUTURE_SALTS = 64;
const SALT_LIFETIME_SECONDS = 1800;
/** "The message was received" (https://core.telegram.org/mtproto/service_messages_about_messages). */
const STATE_RECEIVED = 4;
/** "Nothing is known about the message." */
const STATE_UNKNOWN = 1;

/** The part of a session that service messages need. */
export interface SessionFacts {
  readonly key: AuthKey;
  /** Whether a message with this id was received. */
  readonly hasSeen: (messageId: bigint) => boolean;
  /** Ends another session of the same key. @returns whether there was one. */
  readonly destroySession: (sessionId: bigint) => boolean;
}

/**
 * Answers service messages of MTProto that concern neither the connection nor a request.
 *
 * @returns the answer, `'nothing'` for a message that needs none, or undefined for other messages.
 */
export function answerService(
  request: TlObject,
  envelope: Envelope,
  facts: SessionFacts,
): TlObject | 'nothing' | undefined {
  switch (request._) {
    case 'ping':
    case 'ping_delay_disconnect':
      return { _: 'pong', msg_id: envelope.messageId, ping_id: longIn(request, 'ping_id') };
    case 'get_future_salts':
      return futureSalts(request, envelope, facts.key);
    case 'msgs_state_req':
    case 'msg_resend_req': {
      const info = Buffer.from(
        longsIn(request, 'msg_ids').map((id) => (facts.hasSeen(id) ? STATE_RECEIVED : STATE_UNKNOWN)),
      );
      return { _: 'msgs_state_info', req_msg_id: envelope.messageId, info };
    }
    case 'destroy_session': {
      const session_id = longIn(request, 'session_id');
      return { _: facts.destroySession(session_id) ? 'destroy_session_ok' : 'destroy_session_none', session_id };
    }
    case 'msgs_ack':
    case 'msgs_state_info':
    case 'msgs_all_info':
    case 'msg_detailed_info':
    case 'msg_new_detailed_info':
    case 'http_wait':
      return 'nothing';
    default:
      return undefined;
  }
}

/** A key has the same salt forever, so all future salts are equal. */
function futureSalts(request: TlObject, envelope: Envelope, key: AuthKey): TlObject {
  const now = Math.floor(Date.now() / 1000);
  const count = Math.min(Math.max(intIn(request, 'num'), 1), MAX_FUTURE_SALTS);
  const salts = Array.from({ length: count }, (_, i) => ({
    _: 'future_salt',
    valid_since: now + i * SALT_LIFETIME_SECONDS,
    valid_until: now + (i + 2) * SALT_LIFETIME_SECONDS,
    salt: key.salt,
  }));
  return { _: 'future_salts', req_msg_id: envelope.messageId, now, salts };
}
