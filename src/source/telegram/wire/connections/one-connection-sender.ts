import { RPCError } from 'telegram/errors/index.js';

import { ChatferryError, type ErrorCode, errorMessage } from '../../../../errors/chatferry-error.js';
import { GramjsSender, type IncomingMessage, type RpcResult } from '../gramjs-seams.js';
import { refusedAnswer } from '../answers/refused-answer.js';
import { errorIn, unpackAnswer } from '../packets/server-message.js';
import { TlReader } from '../packets/tl-reader.js';
import type { WireRequest } from '../wire-request.js';

/**
 * How often in a row a server may say that a message was wrong (its salt, its number, our clock) before it has answered
 * anything. Each is mended and sent again; a healthy server needs one.
 */
const MOST_CORRECTIONS = 10;
// https://core.telegram.org/mtproto/service_messages_about_messages#notice-of-ignored-error-message: our clock and our
// sequence numbers, which gramjs mends. No other code goes away by sending the same again.
const MENDABLE: ReadonlySet<number> = new Set([16, 17, 32, 33]);
/** What we have not acknowledged yet is sent with the next request. A server that talks on unasked is not kept a list for. */
const MOST_UNACKNOWLEDGED = 2000;

/**
 * gramjs's sender with what it does about failures taken out: it does not reconnect, sleep or keep requests for later.
 * An error answer rejects its own request and nothing else; a lost connection rejects all.
 */
export class OneConnectionSender extends GramjsSender {
  onLost: (cause: string, code?: ErrorCode) => void = () => undefined;
  #correctionCount = 0;

  override reconnect(): void {
    this.onLost('the connection was closed');
  }

  // Transport error 404 (https://core.telegram.org/mtproto/mtproto-transports#transport-errors).
  override _handleBadAuthKey(): void {
    this.onLost('the server does not know this key any more. Run `chatferry login`', 'LOGIN_REQUIRED');
  }

  // Nobody waits for these two: what they throw would end the process.
  override async _sendLoop(): Promise<void> {
    try {
      await super._sendLoop();
    } catch (error) {
      this.onLost(`a message could not be sent: ${errorMessage(error)}`);
    }
  }

  override async _recvLoop(): Promise<void> {
    try {
      await super._recvLoop();
    } catch (error) {
      this.onLost(`an unreadable message: ${errorMessage(error)}`);
    }
  }

  override async _processMessage(message: IncomingMessage): Promise<void> {
    if (this._pendingAck.size >= MOST_UNACKNOWLEDGED) this._pendingAck.clear();
    await super._processMessage(message);
  }

  // gramjs stops at the first message that throws, so that a flood wait in front swallows the answers behind it.
  override async _handleContainer(message: IncomingMessage): Promise<void> {
    for (const inner of (message.obj as { messages: readonly IncomingMessage[] }).messages) {
      try {
        await this._processMessage(inner);
      } catch (error) {
        this.onLost(`an unreadable message: ${errorMessage(error)}`);
      }
    }
  }

  override async _handleBadServerSalt(message: IncomingMessage): Promise<void> {
    if (this.#mayCorrect('every salt')) await super._handleBadServerSalt(message);
  }

  override async _handleBadNotification(message: IncomingMessage): Promise<void> {
    const { errorCode } = message.obj as { readonly errorCode: number };
    if (!MENDABLE.has(errorCode)) this.onLost(`the server does not take our messages (code ${errorCode})`);
    else if (this.#mayCorrect('every message')) await super._handleBadNotification(message);
  }

  override _handleRPCResult(message: IncomingMessage): void {
    const { reqMsgId, body } = message.obj as RpcResult;
    const state = this._pendingState.getAndDelete(reqMsgId);
    if (state === undefined) return; // Given up meanwhile, or never asked.
    this.#correctionCount = 0;
    const request = state.request as WireRequest<unknown>;
    try {
      const answer = unpack(body, request.method);
      const error = errorIn(answer);
      // Not gramjs's own classes: they replace the server's text with a sentence.
      if (error !== undefined) state.reject(new RPCError(error.errorMessage, undefined as never, error.errorCode));
      else state.resolve(request.read(new TlReader(answer)));
    } catch (cause) {
      state.reject(cause instanceof ChatferryError ? cause : unreadable(request.method, cause));
    }
  }

  // Requests are sent with invokeWithoutUpdates; what still comes is not for us.
  override _handleUpdate(): Promise<void> {
    return Promise.resolve();
  }

  #mayCorrect(what: string): boolean {
    this.#correctionCount += 1;
    if (this.#correctionCount <= MOST_CORRECTIONS) return true;
    this.onLost(`the server refuses ${what}`);
    return false;
  }
}

function unpack(body: Buffer, method: string): Buffer {
  try {
    return unpackAnswer(body);
  } catch (cause) {
    throw refusedAnswer(method, `it cannot be unpacked (${errorMessage(cause)})`, cause);
  }
}

function unreadable(method: string, cause: unknown): ChatferryError {
  return refusedAnswer(method, `it cannot be read (${errorMessage(cause)})`, cause);
}
