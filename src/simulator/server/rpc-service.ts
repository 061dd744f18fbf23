import { setTimeout as wait } from 'node:timers/promises';
import { errorMessage, isChatferryError } from '../../errors/chatferry-error.js';
import { partMemory } from '../../memory/part-memory.js';
import type { AuthKey } from '../crypto/auth-key.js';
import { isBot, isForUsersOnly } from '../methods/bot-access.js';
import { callerOf, type MethodCall } from '../methods/method.js';
import { servedMethods } from '../methods/served-methods.js';
import type { FaultAnswer, NetworkOptions } from './network.js';
import type { UnwrappedCall } from '../state/rpc-call.js';
import { RpcRefusal } from '../state/rpc-refusal.js';
import type { TelegramState } from '../state/telegram-state.js';
import type { TlSchema } from '../tl/schema.js';
import { isObject } from '../tl/tl-writer.js';
import type { TlObject, TlValue } from '../tl/tl-object.js';

/** Stands for a client that has not announced its layer yet. It is lower than any real layer. */
const UNKNOWN_LAYER = 0;

/** The caller of a method and its connection. */
export interface RpcCaller {
  readonly key: AuthKey;
  readonly dcId: number;
  readonly connectionId: number;
  /** Aborts when the connection ends. A waiting request is then dropped. */
  readonly signal: AbortSignal;
}

/** The TL bytes of a result or an `rpc_error`, or what happens instead of an answer. */
export type RpcOutcome = { readonly body: Buffer; readonly isError: boolean } | 'drop' | 'silent';

/** Serves methods: applies latency and faults, calls the method, serialises its answer. */
export class RpcService {
  readonly #state: TelegramState;
  readonly #served = new Map<string, number>();
  readonly #unserved = new Map<string, number>();
  readonly #asked = new Map<string, number>();
  network: NetworkOptions;

  constructor(state: TelegramState, network: NetworkOptions) {
    this.#state = state;
    this.network = network;
  }

  /** Number of calls of each implemented method, with any answer. */
  get calls(): ReadonlyMap<string, number> {
    return this.#served;
  }

  /** Number of calls of each method that is not implemented. */
  get unserved(): ReadonlyMap<string, number> {
    return this.#unserved;
  }

  /** The layer of answers to this key. */
  layerOf(key: AuthKey): TlSchema {
    return this.#state.layers.forClient(key.layer ?? UNKNOWN_LAYER);
  }

  /** Serves a call. Rejects only with the reason of `caller.signal`, if the connection ends first. */
  async serve(call: UnwrappedCall, caller: RpcCaller): Promise<RpcOutcome> {
    const { latencyMs = 0, fault } = this.network;
    const method = call.request._;
    const callNumber = count(this.#asked, method);
    const { dcId, connectionId } = caller;
    const interference = fault?.({ method, params: call.request, dcId, connectionId, callNumber });
    const delayMs = latencyMs + delayIn(interference);
    if (delayMs > 0) await wait(delayMs, undefined, { signal: caller.signal });
    if (interference === 'drop' || interference === 'silent') return interference;
    try {
      return { body: await this.#answer(call, caller, interference), isError: false };
    } catch (error) {
      return { body: this.#errorBody(error), isError: true };
    }
  }

  /** The `rpc_error` for a request that could not be read. */
  refuse(text: string, code: number): RpcOutcome {
    count(this.#unserved, text);
    return { body: this.#errorBody(new RpcRefusal(text, code)), isError: true };
  }

  async #answer(call: UnwrappedCall, caller: RpcCaller, interference: FaultAnswer | undefined): Promise<Buffer> {
    const { request } = call;
    const served = servedMethods.get(request._);
    count(served === undefined ? this.#unserved : this.#served, request._);
    if (typeof interference === 'object' && 'error' in interference) {
      throw new RpcRefusal(interference.error, interference.code);
    }
    if (typeof interference === 'object' && 'answer' in interference)
      return this.#write(request, interference.answer, caller);
    const methodCall: MethodCall = { params: request, state: this.#state, key: caller.key, dcId: caller.dcId };
    if (isForUsersOnly(request._) && isBot(methodCall)) throw new RpcRefusal('BOT_METHOD_INVALID');
    // Not a 5xx code: clients would treat it as a temporary error and retry forever.
    if (served === undefined) throw new RpcRefusal('METHOD_NOT_SERVED');
    const isCdn = this.#state.cdnDcs.some(({ id }) => id === caller.dcId);
    if (isCdn !== (served.isCdn ?? false)) {
      throw isCdn ? new RpcRefusal('CDN_METHOD_INVALID') : new RpcRefusal('METHOD_INVALID', 404);
    }

    if (served.isOpen !== true) callerOf(methodCall);
    const { takeoutId } = call;
    if (takeoutId !== undefined && this.#state.takeouts.get(takeoutId) !== callerOf(methodCall)) {
      throw new RpcRefusal('TAKEOUT_INVALID');
    }
    const answer = await served.handle(methodCall);
    const body = this.#write(request, answer, caller);
    // The file part was read for this answer only, and has been copied into its body.
    if (request._ === 'upload.getFile') releaseBytes(answer);
    return body;
  }

  #write(request: TlObject, answer: TlValue, { key }: RpcCaller): Buffer {
    const schema = this.layerOf(key);
    const definition =
      schema.method(request._) ?? this.#state.layers.all.find((layer) => layer.method(request._))?.method(request._);
    // Raw bytes replace the whole answer, even if the result type is a list.
    const isRaw = isObject(answer) && answer._ === '#raw';
    const type = isRaw ? undefined : definition?.result;
    return this.#state.writer(schema).write(answer, type ?? { kind: 'any' });
  }

  /**
   * The `rpc_error` for an error. Errors in the world, such as unknown constructor names, are reported to the client.
   */
  #errorBody(error: unknown): Buffer {
    const refusal = error instanceof RpcRefusal ? error : new RpcRefusal(internalText(error), 500);
    const { protocol } = this.#state.layers;
    const object = { _: 'rpc_error', error_code: refusal.rpcCode, error_message: refusal.text };
    return this.#state.writer(protocol).write(object, { kind: 'any' });
  }
}

function releaseBytes(answer: TlValue): void {
  if (isObject(answer) && answer['bytes'] instanceof Uint8Array) partMemory.giveBack(answer['bytes']);
}

function internalText(error: unknown): string {
  return isChatferryError(error, 'UNDECODABLE')
    ? `WORLD_NOT_ENCODABLE: ${error.message}`
    : `INTERNAL: ${errorMessage(error)}`;
}

function delayIn(interference: FaultAnswer | undefined): number {
  return typeof interference === 'object' && 'delayMs' in interference ? interference.delayMs : 0;
}

function count(counts: Map<string, number>, name: string): number {
  const next = (counts.get(name) ?? 0) + 1;
  counts.set(name, next);
  return next;
}
