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

/** A layer that is older than any client's says that no client has named its own yet. */
const UNKNOWN_LAYER = 0;

/** Who asks, and over what. */
export interface RpcCaller {
  readonly key: AuthKey;
  readonly dcId: number;
  readonly connectionId: number;
  /** Aborts with the connection; a waiting request is then forgotten. */
  readonly signal: AbortSignal;
}

/** The TL bytes of a result or of an `rpc_error`, or what is to happen instead of an answer. */
export type RpcOutcome = { readonly body: Buffer; readonly isError: boolean } | 'drop' | 'silent';

/** Serves methods: waits as the network orders, lets faults interfere, calls the method, writes its answer. */
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

  /** How often each method was asked for and is served here, whatever the answer was. */
  get calls(): ReadonlyMap<string, number> {
    return this.#served;
  }

  /** The same for methods that are not served. */
  get unserved(): ReadonlyMap<string, number> {
    return this.#unserved;
  }

  /** The layer that answers to this key are written in. */
  layerOf(key: AuthKey): TlSchema {
    return this.#state.layers.forClient(key.layer ?? UNKNOWN_LAYER);
  }

  /** Never rejects, but with the reason of `caller.signal` when the connection ends first. */
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

  /** An `rpc_error` for a request that could not be read. */
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
    // Not a 5xx: clients take those for passing troubles and ask again for ever.
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
    // A part of a file was read for this answer alone, and is in its bytes now.
    if (request._ === 'upload.getFile') giveBackBytes(answer);
    return body;
  }

  #write(request: TlObject, answer: TlValue, { key }: RpcCaller): Buffer {
    const schema = this.layerOf(key);
    const definition =
      schema.method(request._) ?? this.#state.layers.all.find((layer) => layer.method(request._))?.method(request._);
    // Bytes of one's own stand for the whole answer, also where that would be a list.
    const isRaw = isObject(answer) && answer._ === '#raw';
    const type = isRaw ? undefined : definition?.result;
    return this.#state.writer(schema).write(answer, type ?? { kind: 'any' });
  }

  /** What is wrong with a world (a name that no schema knows) is said to the client that met it. */
  #errorBody(error: unknown): Buffer {
    const refusal = error instanceof RpcRefusal ? error : new RpcRefusal(internalText(error), 500);
    const { protocol } = this.#state.layers;
    const object = { _: 'rpc_error', error_code: refusal.rpcCode, error_message: refusal.text };
    return this.#state.writer(protocol).write(object, { kind: 'any' });
  }
}

function giveBackBytes(answer: TlValue): void {
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
