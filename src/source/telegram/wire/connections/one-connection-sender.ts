import { RPCError } from 'telegram/errors/index.js';

import { ChatferryError, type ErrorCode, errorMessage } from '../../../../errors/chatferry-error.js';
import { GramjsSender, type IncomingMessage, type RpcResult } from '../gramjs-seams.js';
import { refusedAnswer } from '../answers/refused-answer.js';
import { errorIn, unpackAnswer } from '../packets/server-message.js';
import { TlReader } from '../packets/tl-reader.js';
import type { WireRequest } from '../wire-request.js';

/**
 * Maximum number of consecutive corrections (salt, sequence number, clock) without an answer in between. After each
 * correction the message is sent again; one is normal.
 */
const MAX_CORRECTIONS = 10;
// https://core.telegram.org/mtproto/service_messages_about_messages#notice-of-ignored-error-message: wrong clock or
// sequence numbers, which gramjs corrects. For other codes, sending the same message again does not help.
const CORRECTABLE: ReadonlySet<number> = new Set([16, 17, 32, 33]);
/**
 * Acknowledgements are sent with the next request. The limit bounds their list if a server keeps sending without
 * requests.
 */
const MAX_UNACKNOWLEDGED = 2000;

/**
 * The sender of gramjs without its handling of failures: it does not reconnect, sleep or keep requests for later. An
 * error answer rejects its own request only; a lost connection rejects all requests.
 */
export class OneConnectionSender extends GramjsSender {
  onLost: (cause: string, code?: ErrorCode) => void = () => undefined;
  #correctionCount = 0;

  override reconnect(): void {
    this.onLost('the connection was closed');
  }

  // Transport error 404 (https://core.telegram.org/mtproto/mtproto-transports#transport-errors).
  override _handleBadAuthKey(): void {
    this.onLost('the server no longer knows this key. Run `chatferry login`', 'LOGIN_REQUIRED');
  }

  // Nobody awaits these two loops, so an error in them would end the process.
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
    if (this._pendingAck.size >= MAX_UNACKNOWLEDGED) this._pendingAck.clear();
    await super._processMessage(message);
  }

  // gramjs stops at the first message that throws, so a flood wait would discard the answers after it.
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
    if (!CORRECTABLE.has(errorCode)) this.onLost(`the server does not accept our messages (code ${errorCode})`);
    else if (this.#mayCorrect('every message')) await super._handleBadNotification(message);
  }

  override _handleRPCResult(message: IncomingMessage): void {
    const { reqMsgId, body } = message.obj as RpcResult;
    const state = this._pendingState.getAndDelete(reqMsgId);
    if (state === undefined) return; // The request was cancelled, or never sent.
    this.#correctionCount = 0;
    const request = state.request as WireRequest<unknown>;
    try {
      const answer = unpack(body, request.method);
      const error = errorIn(answer);
      // The error classes of gramjs are not used, because they replace the server's text with a sentence.
      if (error !== undefined) state.reject(new RPCError(error.errorMessage, undefined as never, error.errorCode));
      else state.resolve(request.read(new TlReader(answer)));
    } catch (cause) {
      state.reject(cause instanceof ChatferryError ? cause : unreadable(request.method, cause));
    }
  }

  // Requests are sent with invokeWithoutUpdates. Updates that arrive nevertheless are ignored.
  override _handleUpdate(): Promise<void> {
    return Promise.resolve();
  }

  #mayCorrect(what: string): boolean {
    this.#correctionCount += 1;
    if (this.#correctionCount <= MAX_CORRECTIONS) return true;
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
