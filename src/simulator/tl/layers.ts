import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ChatferryError } from '../../errors/chatferry-error.js';
import { parseSchemaJson } from './schema-json.js';
import { parseSchemaText } from './schema-text.js';
import { TlSchema } from './schema.js';

const require = createRequire(import.meta.url);

/** The layers that the server speaks. */
export interface Layers {
  /** MTProto's own constructors and methods, the same in every layer. */
  readonly protocol: TlSchema;
  /** Ascending by layer, at least one. */
  readonly all: readonly TlSchema[];
  /** The best layer for a client that speaks `layer`: the newest that is not newer, else the oldest. */
  forClient(layer: number): TlSchema;
}

let loaded: Layers | undefined;

/**
 * The schemas that the installed client packages bring along, read as text: the `telegram` package's always, mtcute's
 * where it is installed. None is copied into this program, so a newer package brings its newer layer.
 *
 * @throws {ChatferryError} `UNDECODABLE` when a package no longer keeps its schema where it was.
 */
export function loadLayers(): Layers {
  loaded ??= readLayers();
  return loaded;
}

function readLayers(): Layers {
  const generated = readFileSync(require.resolve('telegram/tl/AllTLObjects.js'), 'utf8');
  const layer = Number(/LAYER = (\d+)/.exec(generated)?.[1]);
  const api = templateText('telegram/tl/apiTl.js');
  const protocol = templateText('telegram/tl/schemaTl.js');
  if (!Number.isInteger(layer)) {
    throw new ChatferryError('UNDECODABLE', 'The package "telegram" names no LAYER. Install telegram 2.26.22.');
  }
  const all = [new TlSchema(layer, parseSchemaText(api)), ...mtcuteLayer()].sort((a, b) => a.layer - b.layer);
  return {
    protocol: new TlSchema(0, parseSchemaText(protocol, { stringsAreBytes: true })),
    all,
    forClient: (wanted) => all.findLast((schema) => schema.layer <= wanted) ?? oldest(all),
  };
}

function oldest(all: readonly TlSchema[]): TlSchema {
  const [first] = all;
  if (first === undefined) throw new ChatferryError('INTERNAL', 'No schema was read.');
  return first;
}

/** The schema inside `module.exports = \`…\``, without running the module. */
function templateText(file: string): string {
  const text = /`([^`]*)`/.exec(readFileSync(require.resolve(file), 'utf8'))?.[1];
  if (text === undefined) {
    throw new ChatferryError('UNDECODABLE', `No schema text in "${file}". Install telegram 2.26.22.`);
  }
  return text;
}

function mtcuteLayer(): TlSchema[] {
  let file: string;
  try {
    file = require.resolve('@mtcute/core/tl/api-schema.json');
  } catch {
    return []; // Not installed: clients of its layer are served with the nearest one.
  }
  const { layer, definitions } = parseSchemaJson(readFileSync(file, 'utf8'));
  return [new TlSchema(layer, definitions)];
}
