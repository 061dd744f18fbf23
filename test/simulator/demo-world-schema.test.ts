import { describe, expect, it } from 'vitest';

import { createDemoWorld } from '../../src/simulator/demo/demo-world.js';
import { createSyntheticWorld } from '../../src/simulator/world/synthetic-world.js';
import { loadLayers } from '../../src/simulator/tl/layers.js';
import type { TlField, TlSchema, TlType } from '../../src/simulator/tl/schema.js';
import type { TlObject, TlValue } from '../../src/simulator/tl/tl-object.js';
import type { World } from '../../src/simulator/world/world.js';

// A server writes what the schema asks for and nothing else: a misspelt field would be lost without a word.
const schema: TlSchema = loadLayers().forClient(198);

function faultsOf(object: TlObject, path: string): string[] {
  const definition = schema.constructorNamed(object._);
  if (definition === undefined) return [`${path}: the layer has no ${object._}`];
  const fields = new Map(definition.fields.map((field) => [field.name, field]));
  const faults: string[] = [];
  for (const [name, value] of Object.entries(object)) {
    if (name === '_') continue;
    const field = fields.get(name);
    if (field === undefined) faults.push(`${path}: ${object._} has no field ${name}`);
    else if (value !== undefined) faults.push(...valueFaults(field.type, value, `${path}.${name}`));
  }
  const isMissing = ({ name, flag, type }: TlField): boolean =>
    flag === undefined && type.kind !== 'flags' && object[name] === undefined;
  for (const field of definition.fields.filter(isMissing)) faults.push(`${path}: ${object._} lacks ${field.name}`);
  return faults;
}

function valueFaults(type: TlType, value: TlValue, path: string): string[] {
  const wrong = [`${path}: ${typeof value} is no ${type.kind}`];
  switch (type.kind) {
    case 'int':
      return Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 31 ? [] : wrong;
    case 'double':
      return typeof value === 'number' ? [] : wrong;
    case 'long':
      return typeof value === 'bigint' && BigInt.asIntN(64, value) === value ? [] : wrong;
    case 'string':
      return typeof value === 'string' ? [] : wrong;
    case 'bytes':
      return value instanceof Uint8Array ? [] : wrong;
    case 'Bool':
    case 'true':
      return typeof value === 'boolean' ? [] : wrong;
    case 'vector':
      return Array.isArray(value)
        ? (value as readonly TlValue[]).flatMap((item, index) => valueFaults(type.item, item, `${path}[${index}]`))
        : wrong;
    case 'boxed': {
      if (typeof value !== 'object' || !('_' in value)) return wrong;
      const family = schema.constructorsOf(type.type).some(({ name }) => name === value._);
      return family ? faultsOf(value, path) : [`${path}: ${value._} is no ${type.type}`];
    }
    default:
      return [`${path}: a ${type.kind} in a world`];
  }
}

function worldFaults(world: World): string[] {
  const faults: string[] = [];
  for (const { userId } of world.accounts) {
    for (const peer of world.dialogs(userId)) {
      const history = world.history(userId, peer);
      for (let index = 0; index < (history?.length ?? 0); index += 1) {
        const message = history?.at(index);
        if (message !== undefined) faults.push(...faultsOf(message, `${peer}/${message['id'] as number}`));
      }
      for (const topic of world.topics(peer)) faults.push(...faultsOf(topic, `${peer} topic`));
    }
  }
  for (const [id, user] of world.users) faults.push(...faultsOf(user, `user ${id}`));
  for (const [peer, chat] of world.chats) faults.push(...faultsOf(chat, peer));
  for (const [peer, full] of world.fullChats) faults.push(...faultsOf(full, `${peer} in full`));
  return faults;
}

describe('every object is one of the schema, with all of its fields and no others', () => {
  it('in the demo world', async () => {
    const { world } = await createDemoWorld({ smaller: true });
    expect(worldFaults(world)).toEqual([]);
  });

  it('in a synthetic world', () => {
    expect(worldFaults(createSyntheticWorld({ messageCount: 300 }))).toEqual([]);
  });
});
