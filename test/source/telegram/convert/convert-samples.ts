import { createRequire } from 'node:module';

import bigInt from 'big-integer';
import { Api } from 'telegram';
import { BinaryReader } from 'telegram/extensions/index.js';

import type { Message } from '../../../../src/chat/message.js';
import { convertMessage, type ConvertContext } from '../../../../src/source/telegram/convert/convert-message.js';

type MessageFields = ConstructorParameters<typeof Api.Message>[0];

/** What gramjs' parser says of a field of its schema. */
interface Argument {
  readonly type: string | null;
  readonly isVector: boolean;
  readonly isFlag: boolean;
  readonly flagIndicator: boolean;
}

interface Definition {
  readonly name: string;
  readonly namespace?: string;
  readonly result: string;
  readonly isFunction: boolean;
  readonly argsConfig: Readonly<Record<string, Argument>>;
}

/** `sparse` leaves every flag out, `full` sets them all. */
export type Fill = 'sparse' | 'full';

const require = createRequire(import.meta.url);
const { parseTl } = require('telegram/tl/generationHelpers') as {
  readonly parseTl: (schema: string, layer: number) => Iterable<Definition>;
};
const schema = require('telegram/tl/apiTl.js') as string;
const constructors = [...parseTl(schema, 198)].filter(({ isFunction, namespace }) => !isFunction && !namespace);

/** Below this nesting a field takes the constructor of its type that has the fewest fields, so that it ends. */
const MAX_DEPTH = 4;

/** The names of all constructors of a TL type, as gramjs spells them: `MessageAction` → `MessageActionEmpty`, … */
export function constructorsOf(type: string): readonly string[] {
  return constructors.filter(({ result }) => result === type).map(({ name }) => name);
}

/** An object of any constructor, made from the schema that gramjs itself reads. */
export function sample(name: string, fill: Fill, depth = 0): Api.TypeMessage {
  const definition = constructors.find((candidate) => candidate.name === name);
  if (definition === undefined) {
    throw new Error(`gramjs has no constructor ${name}`);
  }
  const args: Record<string, unknown> = {};
  for (const [field, argument] of Object.entries(definition.argsConfig)) {
    if (!argument.flagIndicator && !(argument.isFlag && fill === 'sparse')) {
      const value = sampleValue(argument, fill, depth);
      args[field] = argument.isVector ? [value] : value;
    }
  }
  const classes = Api as unknown as Record<string, new (args: unknown) => Api.TypeMessage>;
  const Constructor = classes[name];
  if (Constructor === undefined) {
    throw new Error(`gramjs has no class ${name}`);
  }
  return new Constructor(args);
}

function sampleValue({ type }: Argument, fill: Fill, depth: number): unknown {
  switch (type) {
    case 'int':
      return 7;
    case 'double':
      return 1.5;
    case 'long':
      return bigInt('9007199254740993');
    case 'string':
      return 'text';
    case 'bytes':
      return Buffer.from([1, 2, 3]);
    case 'true':
    case 'Bool':
      return true;
    default: {
      const candidates = constructors.filter(({ result }) => result === type);
      const smallest = candidates.toSorted((a, b) => fieldCount(a) - fieldCount(b))[0];
      const chosen = depth < MAX_DEPTH ? candidates.at(-1) : smallest;
      if (chosen === undefined) {
        throw new Error(`gramjs has no type ${String(type)}`);
      }
      return sample(chosen.name, depth < MAX_DEPTH ? fill : 'sparse', depth + 1);
    }
  }
}

function fieldCount({ argsConfig }: Definition): number {
  return Object.values(argsConfig).filter(({ flagIndicator, isFlag }) => !flagIndicator && !isFlag).length;
}

/** The same object as gramjs gives it when it comes over the wire: absent fields are null then, not undefined. */
export function overTheWire<T extends { getBytes(): Buffer }>(object: T): T {
  return new BinaryReader(object.getBytes()).tgReadObject() as T;
}

export const RAW: Uint8Array = Uint8Array.of(1, 2, 3);

/** A supergroup, seen by user 1. */
export const CONTEXT: ConvertContext = { chatId: 'channel50', selfId: '1', layer: 198, rawBytes: () => RAW };

export const user = (id: number): Api.PeerUser => new Api.PeerUser({ userId: bigInt(id) });
export const channel = (id: number): Api.PeerChannel => new Api.PeerChannel({ channelId: bigInt(id) });
export const group = (id: number): Api.PeerChat => new Api.PeerChat({ chatId: bigInt(id) });

/** An ordinary message in channel 50, from user 2, with what a test has to say about it. */
export function message(fields: Partial<MessageFields> = {}): Api.Message {
  return new Api.Message({
    id: 10,
    peerId: channel(50),
    fromId: user(2),
    date: 1_700_000_000,
    message: '',
    ...fields,
  });
}

/** A service message in channel 50, from user 2. */
export function service(action: Api.TypeMessageAction, fields: Partial<MessageFields> = {}): Api.MessageService {
  return new Api.MessageService({
    id: 10,
    peerId: channel(50),
    fromId: user(2),
    date: 1_700_000_000,
    action,
    ...fields,
  });
}

/** Converts what must not be empty. */
export function convert(raw: Api.TypeMessage, context: Partial<ConvertContext> = {}): Message {
  const converted = convertMessage(raw, { ...CONTEXT, ...context });
  if (converted === undefined) {
    throw new Error('the message was taken for an empty one');
  }
  return converted;
}
